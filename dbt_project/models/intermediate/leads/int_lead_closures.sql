{{ config(materialized='incremental', pre_hook='{{ forget_touched() }}') }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_leads') }}
-- From which day on each lead needed nobody and needed somebody again, as the builds of those days
-- said: it is closed while its record says lost, and from the first proof of a conversion on, except
-- while its bookings are gone and it was re-engaged after the last of them.
with leads as (

    select * from {{ ref('int_leads') }}
    where {{ is_touched('int_leads') }}

),

-- Versions in a row that say lost, or in a row that do not.
said as (

    select
        versions.tenant_id, versions.lead_id, versions.version_number, versions.said_on,
        case when versions.status = 'lost' then 1 else 0 end as is_lost,
        lag(case when versions.status = 'lost' then 1 else 0 end) over (
            partition by versions.tenant_id, versions.lead_id order by versions.version_number
        ) as was_lost
    from {{ ref('int_lead_versions') }} as versions
    inner join {{ ref('stg_tenants') }} as tenants
        on versions.tenant_id = tenants.tenant_id
        and versions.said_on <= tenants.as_of_date
    where not versions.is_guess and {{ is_touched('versions') }}

),

events as (

    select tenant_id, lead_id, said_on as day, is_lost - coalesce(was_lost, 0) as lost, 0 as live,
        cast(null as date) as booked, cast(null as date) as reengaged, 0 as proof
    from said
    where is_lost <> coalesce(was_lost, 0)
    union all
    -- Lost by a milestone, and by a record that does not say since when.
    select leads.tenant_id, leads.lead_id, leads.lost_date, 1, 0, null, null, 0
    from leads
    left join (select distinct tenant_id, lead_id from said) as known
        on leads.tenant_id = known.tenant_id and leads.lead_id = known.lead_id
    where leads.is_lost and known.lead_id is null
    union all
    select tenant_id, lead_id, booking_date as day, 0, 1, booking_date as booked, null, 1
    from {{ ref('int_bookings') }}
    where is_gross and lead_id is not null and {{ is_touched('int_bookings') }}
    union all
    select tenant_id, lead_id, cancelled_on, 0, -1, null, null, 0
    from {{ ref('int_bookings') }}
    where is_gross and is_cancelled and lead_id is not null and {{ is_touched('int_bookings') }}
    union all
    select tenant_id, lead_id, milestone_date, 0, 0,
        case when milestone_type = 'booking' then milestone_date end,
        case when milestone_type = 'reengaged' then milestone_date end,
        case when milestone_type = 'booking' or shows_converted then 1 else 0 end
    from {{ ref('int_milestones') }}
    where {{ is_touched('int_milestones') }}
        and (milestone_type in ('booking', 'reengaged') or shows_converted)
    union all
    select tenant_id, lead_id, converted_date, 0, 0, null, null, 1
    from leads
    where converted_date is not null

),

states as (

    select tenant_id, lead_id, day,
        sum(sum(lost)) over lead_life as lost,
        sum(sum(live)) over lead_life as live,
        max(max(booked)) over lead_life as booked,
        max(max(reengaged)) over lead_life as reengaged,
        max(max(proof)) over lead_life as proof
    from events
    group by tenant_id, lead_id, day
    window lead_life as (
        partition by tenant_id, lead_id order by day rows between unbounded preceding and current row
    )

),

closed as (

    select tenant_id, lead_id, day,
        case when lost > 0 or (proof > 0 and (live > 0 or coalesce(reengaged <= booked, true)))
            then 1 else 0 end as is_closed
    from states

)

select tenant_id, lead_id, day, is_closed,
    is_closed - coalesce(lag(is_closed) over (partition by tenant_id, lead_id order by day), 0) as change
from closed
