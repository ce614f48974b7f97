{#-
    For each part of a large published table: the number of its rows, and a sum of their fingerprints
    that tells sets of rows apart. A part holds the rows of some batches. `rows` has tenant_id, batch_id
    and row_fingerprint. Batches are few, so rows are counted by batch before the parts are joined.
-#}
{% macro fingerprints_of(entity, rows) -%}
with by_batch as (

    select tenant_id, batch_id, count(*) as row_count, sum(row_fingerprint) as fingerprint
    from {{ rows }}
    group by tenant_id, batch_id

)

select
    by_batch.tenant_id,
    parts.part,
    cast(sum(by_batch.row_count) as bigint) as row_count,
    sum(by_batch.fingerprint) as fingerprint
from by_batch
inner join {{ ref('int_batch_parts') }} as parts
    on parts.entity = '{{ entity }}' and by_batch.batch_id = parts.batch_id
group by by_batch.tenant_id, parts.part
{%- endmacro %}

{#- A number from landing's hash of a row, such that the sum over rows tells other rows apart. -#}
{% macro row_fingerprint(row_hash) -%}
    {{ return(adapter.dispatch('row_fingerprint')(row_hash)) }}
{%- endmacro %}

{% macro default__row_fingerprint(row_hash) -%}
    cast(cast('x' || {{ row_hash }} as bit(64)) as bigint)
{%- endmacro %}

{% macro duckdb__row_fingerprint(row_hash) -%}
    hash({{ row_hash }})
{%- endmacro %}
