{#-
    The newest landed version of each (tenant_id, id), deleted ones included: the one rule of all
    base models. Newest is the highest batch, then the last row of that batch.

    In an incremental run only batches above the newest one already here are read; dbt replaces the
    keys that arrived. The bound is a literal, so that whole Parquet files are skipped by their
    statistics. Most keys have one version, and ranking twenty million rows to find that out took
    three times as long as the rest of the build: only keys that repeat are ranked. Repeats are
    looked for by hash and then confirmed by key, as a hash may collide and a key may not.
-#}
{% macro newest_versions(entity) -%}
with arrived as (

    select * {{ without_columns(['row_hash']) }} from {{ raw_rows(entity) }}
    {% if is_incremental() -%}
        where batch_id > '{{ newest_batch(this) }}'
    {%- endif %}

),

suspects as (

    select {{ key_hash() }} as key_hash
    from arrived
    group by {{ key_hash() }}
    having count(*) > 1

),

versions as (

    select
        arrived.tenant_id,
        arrived.id,
        arrived.batch_id,
        coalesce(arrived.source_row, 0) as source_row,
        coalesce(arrived.source_file, '') as source_file,
        row_number() over (
            partition by arrived.tenant_id, arrived.id
            order by
                arrived.batch_id desc,
                coalesce(arrived.source_row, 0) desc,
                coalesce(arrived.source_file, '') desc
        ) as version_rank
    from arrived
    inner join suspects on {{ key_hash('arrived') }} = suspects.key_hash

)

select arrived.*
from arrived
left join versions
    on arrived.tenant_id = versions.tenant_id
    and arrived.id = versions.id
    and arrived.batch_id = versions.batch_id
    and coalesce(arrived.source_row, 0) = versions.source_row
    and coalesce(arrived.source_file, '') = versions.source_file
where versions.version_rank is null or versions.version_rank = 1
{%- endmacro %}

{#- Columns that `select *` leaves out, where the engine can; row_hash is landing's and compresses badly. -#}
{% macro without_columns(columns) -%}
    {{ return(adapter.dispatch('without_columns')(columns)) }}
{%- endmacro %}

{% macro default__without_columns(columns) -%}{%- endmacro %}

{% macro duckdb__without_columns(columns) -%}
    exclude ({{ columns | join(', ') }})
{%- endmacro %}

{% macro newest_batch(relation) -%}
    {%- if execute -%}
        {{- (run_query('select max(batch_id) from ' ~ relation).columns[0][0] or '') | replace("'", "''") -}}
    {%- endif -%}
{%- endmacro %}

{% macro key_hash(alias=none) -%}
    {%- set prefix = alias ~ '.' if alias else '' -%}
    {{ return(adapter.dispatch('key_hash')(prefix ~ 'tenant_id', prefix ~ 'id')) }}
{%- endmacro %}

{% macro default__key_hash(tenant, id) -%}
    md5({{ tenant }} || ' ' || {{ id }})
{%- endmacro %}

{% macro duckdb__key_hash(tenant, id) -%}
    hash({{ tenant }}, {{ id }})
{%- endmacro %}
