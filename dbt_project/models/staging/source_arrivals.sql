{{ config(materialized='incremental') }}

{%- set newest_read = newest_batch(this) if is_incremental() else '' %}
-- What each batch brought of each entity, tenant and source.
{% for entity in source_entities() + small_entities() -%}
select batch_id, tenant_id, '{{ entity }}' as entity, source_system,
    max(ingested_at) as last_ingested_at,
    max(greatest(created_at, updated_at)) as newest_record_at,
    count(*) as row_count
from {{ raw_rows(entity) }}
where batch_id > '{{ newest_read }}'
group by tenant_id, batch_id, source_system
{{ 'union all' if not loop.last }}
{% endfor %}
