{#-
    The newest landed version of each (tenant_id, id), deleted ones included; docs/incremental.md
    shows the whole. Rows stay in the Parquet files that landing wrote: nothing is copied, and a model
    reads only the columns that it needs. superseded_<entity> lists the older versions by their place
    (batch, file, row), which is unique within an entity. A join, not a NOT EXISTS: above another join
    DuckDB runs a NOT EXISTS by keeping all rows and grouping them by the columns compared, which for
    engagement took ten times as long.
-#}
{% macro newest_versions(entity) -%}
select versions.*
from {{ raw_rows(entity) }} as versions
left join {{ ref('superseded_' ~ entity) }} as superseded
    on {{ is_place('versions', 'superseded') }}
where superseded.batch_id is null
{%- endmacro %}

{#- Whether the row lies at the place that a row of superseded_<entity> names. -#}
{% macro is_place(rows, superseded) -%}
    {{ rows }}.batch_id = {{ superseded }}.batch_id
    and coalesce({{ rows }}.source_file, '') = {{ superseded }}.source_file
    and coalesce({{ rows }}.source_row, 0) = {{ superseded }}.source_row
{%- endmacro %}

{#-
    The places of the versions that a newer one has replaced, and by which batch. Newest is the
    highest batch, then the last row of that batch.

    An incremental run looks only at keys that arrived since the last run. Each run adds one row
    without a place, which holds the newest batch that the run read and supersedes nothing. The bound
    is a literal, so that whole Parquet files are skipped by their statistics. Keys are compared by
    hash first and then by value, as a hash may collide and a key may not; where `facts` keeps the
    rows with a key of their own (row_key), that key is compared instead. `versions` is no CTE: DuckDB
    writes a CTE that is named three times out whole first.
-#}
{% macro superseded_versions(entity, facts=none) -%}
{%- set newest_read = newest_batch(this) if is_incremental() else '' -%}
{%- set key = ['row_key'] if facts else ['tenant_id', 'id'] -%}
{%- set suspicious = 'row_key' if facts else key_hash() -%}
{%- set place = ['tenant_id', 'source_system', 'batch_id', 'source_file', 'source_row'] -%}
{%- set place = place + ['place_hash'] if facts else place -%}
{%- set versions -%}
(
    select
        {%- for column in key if column not in place %}
        {{ column }},
        {%- endfor %}
        tenant_id,
        source_system,
        {%- if facts %}
        place_hash,
        {%- endif %}
        batch_id,
        coalesce(source_file, '') as source_file,
        coalesce(source_row, 0) as source_row
    from {{ facts or raw_rows(entity) }}
)
{%- endset -%}
with suspects as (

    select {{ suspicious }} as suspect
    from {{ versions }} as versions
    {% if is_incremental() -%}
    where batch_id > '{{ newest_read }}'
    group by {{ suspicious }}
    {%- else -%}
    group by {{ suspicious }}
    having count(*) > 1
    {%- endif %}

),

ranked as (

    select
        {% for column in place -%}
        versions.{{ column }},
        {% endfor -%}
        lead(versions.batch_id) over (
            partition by {% for column in key %}versions.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
            order by versions.batch_id, versions.source_row, versions.source_file
        ) as superseded_by
    from {{ versions }} as versions
    inner join suspects on {{ 'versions.row_key' if facts else key_hash('versions') }} = suspects.suspect

)

select {{ place | join(', ') }}, superseded_by
from ranked
-- Older pairs were found by the run that read the newer one.
where superseded_by > '{{ newest_read }}'

union all

select
    cast(null as varchar) as tenant_id, cast(null as varchar) as source_system,
    max(batch_id) as batch_id, cast(null as varchar) as source_file, cast(null as bigint) as source_row,
    {% if facts %}max(place_hash) as place_hash, {% endif -%}
    cast(null as varchar) as superseded_by
from {{ versions }} as versions
having max(batch_id) > '{{ newest_read }}'
{%- endmacro %}

{% macro newest_batch(relation, column='batch_id') -%}
    {%- if execute -%}
        {{- (run_query('select max(' ~ column ~ ') from ' ~ relation).columns[0][0] or '') | replace("'", "''") -}}
    {%- endif -%}
{%- endmacro %}

{#- A number for a row's place. Beside the row's number in its file no two places share it. -#}
{% macro place_hash(alias) -%}
    {{ return(adapter.dispatch('place_hash')(
        alias ~ '.batch_id', "coalesce(" ~ alias ~ ".source_file, '')", "coalesce(" ~ alias ~ ".source_row, 0)"
    )) }}
{%- endmacro %}

{% macro default__place_hash(batch, file, row) -%}
    md5({{ batch }} || ' ' || {{ file }} || ' ' || {{ row }})
{%- endmacro %}

{% macro duckdb__place_hash(batch, file, row) -%}
    hash({{ batch }}, {{ file }}, {{ row }})
{%- endmacro %}

{#- One value in place of a row's key, of so many bits that no two keys ever share it. -#}
{% macro surrogate_key(tenant, id) -%}
    {{ return(adapter.dispatch('surrogate_key')(tenant, id)) }}
{%- endmacro %}

{% macro default__surrogate_key(tenant, id) -%}
    md5({{ tenant }} || ' ' || {{ id }})
{%- endmacro %}

{% macro duckdb__surrogate_key(tenant, id) -%}
    md5_number({{ tenant }} || ' ' || {{ id }})
{%- endmacro %}

{% macro key_hash(alias=none) -%}
    {%- set prefix = alias ~ '.' if alias else '' -%}
    {{ return(adapter.dispatch('key_hash')(prefix ~ 'tenant_id', prefix ~ 'id')) }}
{%- endmacro %}

{% macro default__key_hash(tenant, id) -%}
    {{ surrogate_key(tenant, id) }}
{%- endmacro %}

{% macro duckdb__key_hash(tenant, id) -%}
    hash({{ tenant }}, {{ id }})
{%- endmacro %}

{#-
    The newest version of each row of a small entity, deleted ones left out: sorted out at each build
    from all that landed, which for thousands of rows costs less than a model that remembers.
-#}
{% macro newest_rows(entity, columns) -%}
select tenant_id, {{ columns | join(', ') }}
from (
    select
        versions.*,
        row_number() over (
            partition by tenant_id, id order by batch_id desc, source_row desc, source_file desc
        ) as recency
    from {{ raw_rows(entity) }} as versions
) as versions
where recency = 1 and deleted_at is null
{%- endmacro %}

{#- The newest batch of a table that landing replaces as a whole. -#}
{% macro newest_batch_rows(table) -%}
select * from {{ raw_rows(table) }}
where batch_id = (select max(batch_id) from {{ raw_rows(table) }})
{%- endmacro %}
