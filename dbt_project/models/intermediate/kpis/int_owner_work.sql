-- The work of each owner, done and to do: own engagement, and follow-ups and bookings of own leads.
with month_starts as (select tenant_id, month_start from {{ ref('stg_tenants') }}),

work as (

    select
        months.tenant_id,
        coalesce(months.assigned_to, '(none)') as owner_id,
        months.completed_count as engagement_completed,
        case when months.month = month_starts.month_start then months.completed_count else 0 end
            as engagement_completed_mtd,
        months.answerable_count,
        months.answered_count,
        0 as bookings, 0 as bookings_mtd, 0 as net_bookings, 0 as booked_value, 0 as booked_value_mtd,
        0 as net_booked_value,
        0 as overdue, 0 as due_today, 0 as undated, cast(null as date) as oldest_follow_up_date
    from {{ ref('int_engagement_months') }} as months
    inner join month_starts on months.tenant_id = month_starts.tenant_id

    union all

    select
        bookings.tenant_id,
        coalesce(leads.assigned_to, '(none)') as owner_id,
        0, 0, 0, 0,
        1,
        case when bookings.booking_date >= month_starts.month_start then 1 else 0 end,
        case when bookings.is_net then 1 else 0 end,
        bookings.booking_amount,
        case when bookings.booking_date >= month_starts.month_start then bookings.booking_amount else 0 end,
        case when bookings.is_net then bookings.booking_amount else 0 end,
        0, 0, 0, cast(null as date)
    from {{ ref('int_bookings') }} as bookings
    inner join month_starts on bookings.tenant_id = month_starts.tenant_id
    left join {{ ref('int_leads') }} as leads
        on bookings.tenant_id = leads.tenant_id
        and bookings.lead_id = leads.lead_id
    where bookings.is_gross

    union all

    select
        pending.tenant_id,
        coalesce(leads.assigned_to, '(none)') as owner_id,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        case when pending.state = 'overdue' then 1 else 0 end,
        case when pending.state = 'due_today' then 1 else 0 end,
        case when pending.state = 'undated' then 1 else 0 end,
        pending.follow_up_date
    from {{ ref('int_pending_follow_ups') }} as pending
    inner join {{ ref('int_leads') }} as leads
        on pending.tenant_id = leads.tenant_id
        and pending.lead_id = leads.lead_id

)

select
    tenant_id,
    owner_id,
    {%- for count in [
        'engagement_completed', 'engagement_completed_mtd', 'answerable_count', 'answered_count',
        'bookings', 'bookings_mtd', 'net_bookings',
    ] %}
    cast(sum({{ count }}) as bigint) as {{ count }},
    {%- endfor %}
    {%- for amount in ['booked_value', 'booked_value_mtd', 'net_booked_value'] %}
    {{ money_sum('sum(' ~ amount ~ ')') }} as {{ amount }},
    {%- endfor %}
    {%- for state in ['overdue', 'due_today', 'undated'] %}
    cast(sum({{ state }}) as bigint) as follow_ups_{{ state }},
    {%- endfor %}
    min(oldest_follow_up_date) as oldest_follow_up_date
from work
group by tenant_id, owner_id
