{%- set kpis = [
    'total_leads', 'new_leads', 'qualified_leads', 'converted_leads', 'conversion_rate',
    'active_customers', 'total_bookings', 'booked_amount', 'outstanding_balance',
    'engagement_this_month', 'pending_follow_ups',
] %}
{%- set flows = {
    'new_leads': 'total_leads', 'qualified_leads': 'qualified_leads',
    'converted_leads': 'converted_leads', 'total_bookings': 'total_bookings',
    'booked_amount': 'booked_amount', 'engagement_this_month': 'engagement_completed',
} %}
-- The eleven figures on the as-of day, beside the day before, the same weekday a week earlier and,
-- for flows, the month to date against the same days of last month.
with tenants as (

    select
        *,
        {{ add_days('as_of_date', -1) }} as day_before,
        {{ add_days('as_of_date', -7) }} as week_before,
        {{ add_months('as_of_date', -1) }} as month_before
    from {{ ref('stg_tenants') }}

),

-- One pass over the history instead of five joins on computed dates, which DuckDB orders badly.
history as (

    select
        tenants.tenant_id,
        {%- for kpi in kpis %}
        max(case when daily.date = tenants.as_of_date then daily.{{ kpi }} end) as {{ kpi }},
        max(case when daily.date = tenants.day_before then daily.{{ kpi }} end) as {{ kpi }}_previous_day,
        max(case when daily.date = tenants.week_before then daily.{{ kpi }} end)
            as {{ kpi }}_same_weekday_last_week,
        {%- endfor %}
        {%- for figure in ['converted_leads_net', 'bookings_cancelled', 'net_bookings', 'net_booked_amount'] %}
        max(case when daily.date = tenants.as_of_date then daily.{{ figure }} end) as {{ figure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from tenants
    inner join {{ ref('v_kpi_daily') }} as daily on tenants.tenant_id = daily.tenant_id
    group by tenants.tenant_id

),

months_to_date as (

    select
        tenants.tenant_id,
        {%- for kpi, figure in flows.items() %}
        {%- set type = 'decimal(18, 2)' if kpi == 'booked_amount' else 'bigint' %}
        cast(max(case when days.day = tenants.as_of_date then days.{{ figure }}_mtd end) as {{ type }})
            as {{ kpi }}_mtd,
        cast(max(case when days.day = tenants.month_before then days.{{ figure }}_mtd end) as {{ type }})
            as {{ kpi }}_mtd_last_month{{ ',' if not loop.last }}
        {%- endfor %}
    from tenants
    inner join {{ ref('int_kpi_days') }} as days on tenants.tenant_id = days.tenant_id
    group by tenants.tenant_id

),

lead_counts as (

    select
        tenant_id,
        count(case when status = 'new' then 1 end) as leads_in_new_status_asof,
        count(case when not is_lost and not is_converted then 1 end) as open_leads,
        count(case when not is_lost and not is_converted and engagement_count > 0 then 1 end)
            as open_leads_engaged
    from {{ ref('leads') }}
    group by tenant_id

),

customer_counts as (

    select tenant_id, count(case when status = 'active' then 1 end) as customers_status_active
    from {{ ref('customers') }}
    where is_known
    group by tenant_id

),

follow_up_counts as (

    select
        tenant_id,
        count(case when state = 'overdue' then 1 end) as follow_ups_overdue,
        count(case when state = 'due_today' then 1 end) as follow_ups_due_today,
        count(case when state = 'undated' then 1 end) as follow_ups_undated
    from {{ ref('follow_ups') }}
    group by tenant_id

),

engagement_counts as (

    select
        tenants.tenant_id,
        count(distinct case when engagement.status = 'completed' then engagement.lead_id end)
            as engagement_leads_touched,
        count(case when engagement.status = 'pending' then 1 end) as engagement_pending,
        count(case when engagement.status = 'failed' then 1 end) as engagement_failed
    from tenants
    inner join {{ ref('stg_engagement') }} as engagement
        on tenants.tenant_id = engagement.tenant_id
        and engagement.engagement_date >= tenants.month_start_at
        and engagement.engagement_date < tenants.as_of_end_at
    group by tenants.tenant_id

),

booking_counts as (

    select
        tenant_id,
        count(case when status = 'pending' then 1 end) as pending_bookings,
        sum(case when is_cancelled then cancellation_refund_amount end) as refunds_promised
    from {{ ref('bookings') }}
    group by tenant_id

)

select
    tenants.tenant_id,
    tenants.as_of_date,
    {%- for kpi in kpis %}
    history.{{ kpi }},
    history.{{ kpi }}_previous_day,
    history.{{ kpi }}_same_weekday_last_week,
    {%- endfor %}
    {%- for kpi in flows %}
    months_to_date.{{ kpi }}_mtd,
    months_to_date.{{ kpi }}_mtd_last_month,
    {%- endfor %}
    history.converted_leads_net,
    coalesce(lead_counts.leads_in_new_status_asof, 0) as leads_in_new_status_asof,
    coalesce(lead_counts.open_leads, 0) as open_leads,
    coalesce(lead_counts.open_leads_engaged, 0) as open_leads_engaged,
    coalesce(customer_counts.customers_status_active, 0) as customers_status_active,
    history.bookings_cancelled,
    history.net_bookings,
    history.net_booked_amount,
    {{ money('history.booked_amount - history.net_booked_amount') }} as cancelled_amount,
    {{ money('coalesce(booking_counts.refunds_promised, 0)') }} as refunds_promised,
    coalesce(booking_counts.pending_bookings, 0) as pending_bookings,
    receivables.receivable,
    receivables.customer_credits,
    receivables.overdue_total,
    receivables.invoiced,
    receivables.paid,
    receivables.collection_pct,
    coalesce(engagement_counts.engagement_leads_touched, 0) as engagement_leads_touched,
    coalesce(engagement_counts.engagement_pending, 0) as engagement_pending,
    coalesce(engagement_counts.engagement_failed, 0) as engagement_failed,
    coalesce(follow_up_counts.follow_ups_overdue, 0) as follow_ups_overdue,
    coalesce(follow_up_counts.follow_ups_due_today, 0) as follow_ups_due_today,
    coalesce(follow_up_counts.follow_ups_undated, 0) as follow_ups_undated,
    {{ rate('history.qualified_leads', 'history.total_leads') }} as lead_quality_rate,
    {{ rate('history.total_bookings', 'history.converted_leads') }} as bookings_per_converted_lead
from tenants
inner join history on tenants.tenant_id = history.tenant_id
inner join months_to_date on tenants.tenant_id = months_to_date.tenant_id
inner join {{ ref('receivables') }} as receivables on tenants.tenant_id = receivables.tenant_id
left join lead_counts on tenants.tenant_id = lead_counts.tenant_id
left join customer_counts on tenants.tenant_id = customer_counts.tenant_id
left join follow_up_counts on tenants.tenant_id = follow_up_counts.tenant_id
left join engagement_counts on tenants.tenant_id = engagement_counts.tenant_id
left join booking_counts on tenants.tenant_id = booking_counts.tenant_id
