-- By how much each lead figure changes on each day. Nothing counts before the lead itself does.
with leads as (

    select tenant_id, lead_id, lead_date, qualified_date, converted_date
    from {{ ref('int_leads') }}

),

live_days as (

    select
        changes.tenant_id,
        changes.lead_id,
        changes.day,
        sum(changes.bookings) as bookings
    from (
        select tenant_id, lead_id, booking_date as day, 1 as bookings
        from {{ ref('int_bookings') }}
        where is_gross and lead_id is not null
        union all
        select tenant_id, lead_id, cancelled_on as day, -1 as bookings
        from {{ ref('int_bookings') }}
        where is_gross and is_cancelled and lead_id is not null
    ) as changes
    group by changes.tenant_id, changes.lead_id, changes.day

),

live_states as (

    select tenant_id, lead_id, day,
        case when sum(bookings) over (
            partition by tenant_id, lead_id order by day
            rows between unbounded preceding and current row
        ) > 0 then 1 else 0 end as is_live
    from live_days

),

live_changes as (

    select tenant_id, lead_id, day,
        is_live - coalesce(lag(is_live) over (partition by tenant_id, lead_id order by day), 0) as change
    from live_states

),

changes as (

    select tenant_id, lead_date as day, 'total_leads' as figure, 1 as change
    from leads
    union all
    select tenant_id, greatest(qualified_date, lead_date) as day, 'qualified_leads' as figure, 1 as change
    from leads
    where qualified_date is not null
    union all
    select tenant_id, greatest(converted_date, lead_date) as day, 'converted_leads' as figure, 1 as change
    from leads
    where converted_date is not null
    union all
    select leads.tenant_id, greatest(live_changes.day, leads.lead_date) as day,
        'converted_leads_net' as figure, live_changes.change
    from live_changes
    inner join leads
        on live_changes.tenant_id = leads.tenant_id
        and live_changes.lead_id = leads.lead_id
    where live_changes.change <> 0
    union all
    select tenant_id, day, 'pending_follow_ups' as figure, change
    from {{ ref('int_follow_up_days') }}
    where change <> 0

)

select tenant_id, day, figure, cast(sum(change) as decimal(38, 2)) as change
from changes
group by tenant_id, day, figure
