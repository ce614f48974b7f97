-- How soon leads were answered, over all leads of the tenant.
with leads as (

    select
        leads.tenant_id,
        leads.lead_id,
        leads.created_at,
        leads.lead_date,
        leads.is_lost,
        leads.converted_date is not null as is_converted,
        engagement.first_response_at,
        engagement.first_response_hours,
        tenants.as_of_date,
        tenants.as_of_end_at
    from {{ ref('int_leads') }} as leads
    inner join {{ ref('stg_tenants') }} as tenants on leads.tenant_id = tenants.tenant_id
    left join {{ ref('int_lead_engagement') }} as engagement
        on leads.tenant_id = engagement.tenant_id and leads.lead_id = engagement.lead_id

)

select
    tenant_id,
    {{ first_response_figures('leads') }}
from leads
group by tenant_id
