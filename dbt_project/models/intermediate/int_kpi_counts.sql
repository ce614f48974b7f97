-- The counts that stand beside the eleven figures on the as-of day.
with tenants as (

    select * from {{ ref('stg_tenants') }}

),

engaged as (

    select distinct tenant_id, lead_id from {{ ref('int_lead_engagement_types') }}

),

leads as (

    select
        leads.tenant_id,
        count(case when leads.status = 'new' then 1 end) as leads_in_new_status_asof,
        count(case when not leads.is_lost and leads.converted_date is null then 1 end) as open_leads,
        count(case when not leads.is_lost and leads.converted_date is null then engaged.lead_id end)
            as open_leads_engaged
    from {{ ref('int_leads') }} as leads
    left join engaged
        on leads.tenant_id = engaged.tenant_id
        and leads.lead_id = engaged.lead_id
    group by leads.tenant_id

),

customers as (

    select tenant_id, count(case when status = 'active' then 1 end) as customers_status_active
    from {{ ref('stg_customers') }}
    group by tenant_id

),

follow_ups as (

    select
        tenant_id,
        count(case when state = 'overdue' then 1 end) as follow_ups_overdue,
        count(case when state = 'due_today' then 1 end) as follow_ups_due_today,
        count(case when state = 'undated' then 1 end) as follow_ups_undated
    from {{ ref('int_pending_follow_ups') }}
    group by tenant_id

),

engagement as (

    select
        tenants.tenant_id,
        count(distinct case when engagement.status = 'completed' then engagement.lead_id end)
            as engagement_leads_touched,
        count(case when engagement.status = 'pending' then 1 end) as engagement_pending,
        count(case when engagement.status = 'failed' then 1 end) as engagement_failed
    from tenants
    inner join {{ ref('int_engagement') }} as engagement
        on tenants.tenant_id = engagement.tenant_id
        and tenants.month_start_at <= engagement.engagement_date
    group by tenants.tenant_id

),

bookings as (

    select
        tenant_id,
        count(case when status = 'pending' then 1 end) as pending_bookings,
        sum(case when is_cancelled then cancellation_refund_amount end) as refunds_promised
    from {{ ref('int_bookings') }}
    group by tenant_id

)

select
    tenants.tenant_id,
    coalesce(leads.leads_in_new_status_asof, 0) as leads_in_new_status_asof,
    coalesce(leads.open_leads, 0) as open_leads,
    coalesce(leads.open_leads_engaged, 0) as open_leads_engaged,
    coalesce(customers.customers_status_active, 0) as customers_status_active,
    coalesce(follow_ups.follow_ups_overdue, 0) as follow_ups_overdue,
    coalesce(follow_ups.follow_ups_due_today, 0) as follow_ups_due_today,
    coalesce(follow_ups.follow_ups_undated, 0) as follow_ups_undated,
    coalesce(engagement.engagement_leads_touched, 0) as engagement_leads_touched,
    coalesce(engagement.engagement_pending, 0) as engagement_pending,
    coalesce(engagement.engagement_failed, 0) as engagement_failed,
    coalesce(bookings.pending_bookings, 0) as pending_bookings,
    {{ money('coalesce(bookings.refunds_promised, 0)') }} as refunds_promised
from tenants
left join leads on tenants.tenant_id = leads.tenant_id
left join customers on tenants.tenant_id = customers.tenant_id
left join follow_ups on tenants.tenant_id = follow_ups.tenant_id
left join engagement on tenants.tenant_id = engagement.tenant_id
left join bookings on tenants.tenant_id = bookings.tenant_id
