{%- set counts = {
    'leads': ['leads_in_new_status_asof', 'open_leads', 'open_leads_engaged'],
    'customers': ['customers_status_active'],
    'follow_ups': ['follow_ups_overdue', 'follow_ups_due_today', 'follow_ups_undated'],
    'engaged_leads': ['engagement_leads_touched'],
    'engagement': ['engagement_pending', 'engagement_failed'],
    'bookings': ['pending_bookings'],
} -%}
-- The counts that stand beside the eleven figures on the as-of day.
with tenants as (select * from {{ ref('stg_tenants') }}),

engaged as (

    select tenant_id, lead_id, max(last_completed_at) as last_completed_at
    from {{ ref('int_lead_engagement_types') }}
    group by tenant_id, lead_id

),

leads as (

    select
        leads.tenant_id,
        count(case when leads.status = 'new' then 1 end) as leads_in_new_status_asof,
        count(case when not leads.is_lost and leads.converted_date is null then 1 end) as open_leads,
        count(case when not leads.is_lost and leads.converted_date is null then engaged.lead_id end)
            as open_leads_engaged
    from {{ ref('int_leads') }} as leads
    left join engaged on leads.tenant_id = engaged.tenant_id and leads.lead_id = engaged.lead_id
    group by leads.tenant_id

),

engaged_leads as (

    select tenants.tenant_id, count(*) as engagement_leads_touched
    from tenants
    inner join engaged on tenants.tenant_id = engaged.tenant_id
    where tenants.month_start_at <= engaged.last_completed_at
    group by tenants.tenant_id

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
        cast(sum(months.pending_count) as bigint) as engagement_pending,
        cast(sum(months.failed_count) as bigint) as engagement_failed
    from tenants
    inner join {{ ref('int_engagement_months') }} as months
        on tenants.tenant_id = months.tenant_id and tenants.month_start = months.month
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
    {%- for source, names in counts.items() %}
    {%- for name in names %}
    coalesce({{ source }}.{{ name }}, 0) as {{ name }},
    {%- endfor %}
    {%- endfor %}
    {{ money_sum('coalesce(bookings.refunds_promised, 0)') }} as refunds_promised
from tenants
{%- for source in counts %}
left join {{ source }} on tenants.tenant_id = {{ source }}.tenant_id
{%- endfor %}
