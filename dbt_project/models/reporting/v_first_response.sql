-- How soon the leads of each month were answered: the first completed engagement after creation.
with leads as (

    select leads.*, tenants.as_of_date, tenants.as_of_end_at
    from {{ ref('leads') }} as leads
    inner join {{ ref('stg_tenants') }} as tenants on leads.tenant_id = tenants.tenant_id

),

months as (

    select
        tenant_id,
        lead_month as month,
        {{ first_response_figures('leads') }}
    from leads
    group by tenant_id, lead_month

)

select
    *,
    {{ rate('responded_1h', 'due_1h') }} as within_1h_rate,
    {{ rate('responded_24h', 'due_24h') }} as within_24h_rate
from months
