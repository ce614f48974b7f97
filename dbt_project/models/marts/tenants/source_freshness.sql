-- When each source last brought something, per entity, and the newest record that it brought.
with arrived as (

    select
        tenant_id,
        entity,
        source_system,
        max(last_ingested_at) as last_ingested_at,
        max(newest_record_at) as newest_record_at,
        sum(row_count) as row_count
    from {{ ref('source_arrivals') }}
    group by tenant_id, entity, source_system

),

superseded as (

    {% for entity in source_entities() -%}
    select tenant_id, '{{ entity }}' as entity, source_system, count(*) as row_count
    from {{ ref('superseded_' ~ entity) }}
    where superseded_by is not null
    group by tenant_id, source_system
    union all
    {% endfor %}
    select tenant_id, entity, source_system, row_count from {{ ref('superseded_small_entities') }}

)

select
    arrived.tenant_id,
    arrived.entity,
    arrived.source_system as source_name,
    arrived.last_ingested_at,
    arrived.newest_record_at,
    cast(arrived.row_count - coalesce(superseded.row_count, 0) as bigint) as "rows"
from arrived
inner join {{ ref('stg_tenants') }} as tenants on arrived.tenant_id = tenants.tenant_id
left join superseded
    on arrived.tenant_id = superseded.tenant_id
    and arrived.entity = superseded.entity
    and coalesce(arrived.source_system, '') = coalesce(superseded.source_system, '')
where arrived.row_count > coalesce(superseded.row_count, 0)
