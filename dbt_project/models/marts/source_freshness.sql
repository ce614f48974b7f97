{%- set entities = [
    'leads', 'customers', 'lead_sources', 'campaigns', 'campaign_spend', 'milestones', 'engagement',
    'bookings', 'ledger_entries', 'users',
] %}
-- When each source last brought something, per entity, and the newest record that it brought.
with landed as (

    {% for entity in entities -%}
    select tenant_id, '{{ entity }}' as entity, source_system,
        max(ingested_at) as last_ingested_at,
        max(greatest(created_at, updated_at)) as newest_record_at,
        count(*) as row_count
    from {{ ref('base_' ~ entity) }}
    group by tenant_id, source_system
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    landed.tenant_id,
    landed.entity,
    landed.source_system as source_name,
    landed.last_ingested_at,
    landed.newest_record_at,
    cast(landed.row_count as bigint) as "rows"
from landed
inner join {{ ref('stg_tenants') }} as tenants on landed.tenant_id = tenants.tenant_id
