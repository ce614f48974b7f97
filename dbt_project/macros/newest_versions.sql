{#-
    The newest landed version of each (tenant_id, id), deleted ones included. Rows stay in the
    Parquet files that landing wrote: nothing is copied, and a model reads only the columns that it
    needs. What an older version is says superseded_<entity>; a row's place (batch, file, row) is
    unique within an entity.
-#}
{% macro newest_versions(entity) -%}
select versions.* {{ without_columns(['row_hash']) }}
from {{ raw_rows(entity) }} as versions
where {{ is_newest('versions', entity) }}
{%- endmacro %}

{% macro is_newest(rows, entity) -%}
not exists (
    select 1 from {{ ref('superseded_' ~ entity) }} as superseded
    where
        {{ rows }}.batch_id = superseded.batch_id
        and coalesce({{ rows }}.source_file, '') = superseded.source_file
        and coalesce({{ rows }}.source_row, 0) = superseded.source_row
)
{%- endmacro %}

{#-
    The places of the versions that a newer one has replaced. Newest is the highest batch, then the
    last row of that batch.

    An incremental run looks only at keys that arrived since the last one. How far that was says one
    row without a place per run, with the newest batch of that run: it supersedes nothing. The bound
    is a literal, so that whole Parquet files are skipped by their statistics. Keys are compared by
    hash first and then themselves, as a hash may collide and a key may not.
-#}
{% macro superseded_versions(entity) -%}
{%- set newest_read = newest_batch(this) if is_incremental() else '' -%}
with versions as (

    select
        tenant_id,
        id,
        batch_id,
        coalesce(source_file, '') as source_file,
        coalesce(source_row, 0) as source_row
    from {{ raw_rows(entity) }}

),

suspects as (

    select {{ key_hash() }} as key_hash
    from versions
    {% if is_incremental() -%}
    where batch_id > '{{ newest_read }}'
    group by {{ key_hash() }}
    {%- else -%}
    group by {{ key_hash() }}
    having count(*) > 1
    {%- endif %}

),

ranked as (

    select
        versions.batch_id,
        versions.source_file,
        versions.source_row,
        lead(versions.batch_id) over (
            partition by versions.tenant_id, versions.id
            order by versions.batch_id, versions.source_row, versions.source_file
        ) as superseded_by
    from versions
    inner join suspects on {{ key_hash('versions') }} = suspects.key_hash

)

select batch_id, source_file, source_row
from ranked
-- Older pairs were found by the run that read the newer one.
where superseded_by > '{{ newest_read }}'

union all

select max(batch_id) as batch_id, cast(null as varchar) as source_file, cast(null as bigint) as source_row
from versions
having max(batch_id) > '{{ newest_read }}'
{%- endmacro %}

{#- Columns that `select *` leaves out, where the engine can; row_hash is landing's. -#}
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
