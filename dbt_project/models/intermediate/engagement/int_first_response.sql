-- How soon leads were answered, over all leads of the tenant.
with leads as (

    select leads.*, tenants.as_of_date, tenants.as_of_end_at
    from {{ ref('leads') }} as leads
    inner join {{ ref('stg_tenants') }} as tenants on leads.tenant_id = tenants.tenant_id

)

select
    tenant_id,
    {{ first_response_figures('leads') }}
from leads
group by tenant_id
