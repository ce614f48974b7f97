{%- set counts = {
    'leads': ['total_leads', 'new_leads', 'qualified_leads', 'converted_leads'],
    'bookings': ['total_bookings'],
    'engagement': ['engagement_this_month'],
    'milestones': ['pending_follow_ups'],
} %}
-- The figures of the old dashboard, as it counted them, for comparison. Active customers are missing:
-- the old query failed, and the failure showed as 0.
with leads as (

    select
        tenant_id,
        count(*) as total_leads,
        count(case when status = 'new' then 1 end) as new_leads,
        count(case when status = 'qualified' or probability > 50 then 1 end) as qualified_leads,
        count(case when is_converted_legacy then 1 end) as converted_leads
    from {{ ref('int_leads') }}
    group by tenant_id

),

bookings as (

    select tenant_id, count(*) as total_bookings, sum(booking_amount) as booked_amount
    from {{ ref('int_bookings') }}
    where status = 'confirmed'
    group by tenant_id

),

ledger as (

    select tenant_id, sum(outstanding_balance_legacy) as outstanding_balance
    from {{ ref('int_customer_totals') }}
    group by tenant_id

),

engagement as (

    select months.tenant_id, cast(sum(months.engagement_count) as bigint) as engagement_this_month
    from {{ ref('int_engagement_months') }} as months
    inner join {{ ref('stg_tenants') }} as tenants
        on months.tenant_id = tenants.tenant_id
        and months.month = tenants.month_start
    group by months.tenant_id

),

milestones as (

    select milestones.tenant_id, count(*) as pending_follow_ups
    from {{ ref('stg_milestones') }} as milestones
    inner join {{ ref('stg_tenants') }} as tenants
        on milestones.tenant_id = tenants.tenant_id
        and milestones.milestone_date <= tenants.as_of_date
        and milestones.follow_up_date <= tenants.as_of_date
    where milestones.follow_up_required
    group by milestones.tenant_id

)

select
    tenants.tenant_id,
    {%- for source, names in counts.items() %}
    {%- for name in names %}
    coalesce({{ source }}.{{ name }}, 0) as {{ name }}_legacy,
    {%- endfor %}
    {%- endfor %}
    {{ legacy_pct('leads.converted_leads', 'leads.total_leads') }} as conversion_rate_legacy,
    {{ money_sum('coalesce(bookings.booked_amount, 0)') }} as booked_amount_legacy,
    {{ money_sum('coalesce(ledger.outstanding_balance, 0)') }} as outstanding_balance_legacy
from {{ ref('stg_tenants') }} as tenants
left join leads on tenants.tenant_id = leads.tenant_id
left join bookings on tenants.tenant_id = bookings.tenant_id
left join ledger on tenants.tenant_id = ledger.tenant_id
left join engagement on tenants.tenant_id = engagement.tenant_id
left join milestones on tenants.tenant_id = milestones.tenant_id
