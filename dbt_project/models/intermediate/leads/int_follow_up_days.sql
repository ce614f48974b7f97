{{ config(materialized='incremental', pre_hook="{{ forget_touched('touched_or_engaged') }}") }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_or_engaged') }}
-- Pending follow-ups of each lead from each day on which their number changes. A lead that is lost
-- or booked has none while it is; the lead's own next action counts only while no
-- milestone's follow-up is pending, so that one task is not counted twice.
with follow_ups as (

    select
        follow_ups.*,
        greatest(follow_ups.pending_from, leads.lead_date) as counts_from
    from {{ ref('int_follow_ups') }} as follow_ups
    inner join {{ ref('int_leads') }} as leads
        on follow_ups.tenant_id = leads.tenant_id
        and follow_ups.lead_id = leads.lead_id
    where
        {{ is_touched('follow_ups', 'touched_or_engaged') }}
        and (follow_ups.satisfied_date is null or follow_ups.satisfied_date > follow_ups.pending_from)

),

changes as (

    select tenant_id, lead_id, counts_from as day,
        case when origin = 'milestone' then 1 else 0 end as by_milestones,
        case when origin = 'lead' then 1 else 0 end as by_lead,
        0 as closed
    from follow_ups
    union all
    select tenant_id, lead_id, greatest(satisfied_date, counts_from) as day,
        case when origin = 'milestone' then -1 else 0 end as by_milestones,
        case when origin = 'lead' then -1 else 0 end as by_lead,
        0 as closed
    from follow_ups
    where satisfied_date is not null
    union all
    select closures.tenant_id, closures.lead_id, closures.day, 0, 0, closures.change
    from {{ ref('int_lead_closures') }} as closures
    inner join (select distinct tenant_id, lead_id from follow_ups) as asked
        on closures.tenant_id = asked.tenant_id and closures.lead_id = asked.lead_id
    where closures.change <> 0 and {{ is_touched('closures', 'touched_or_engaged') }}

),

states as (

    select tenant_id, lead_id, day,
        sum(sum(by_milestones)) over lead_life as by_milestones,
        sum(sum(by_lead)) over lead_life as by_lead,
        sum(sum(closed)) over lead_life as closed
    from changes
    group by tenant_id, lead_id, day
    window lead_life as (
        partition by tenant_id, lead_id order by day
        rows between unbounded preceding and current row
    )

),

counts as (

    select tenant_id, lead_id, day,
        -- Sums are 128 bits wide on DuckDB, which takes a hundred times as long to read back.
        cast(case
            when closed > 0 then 0
            when by_milestones > 0 then by_milestones
            when by_lead > 0 then 1
            else 0
        end as integer) as pending_count
    from states

)

select
    tenant_id,
    lead_id,
    day,
    pending_count,
    pending_count - coalesce(lag(pending_count) over lead_life, 0) as change,
    lead(day) over lead_life is null as is_last
from counts
window lead_life as (partition by tenant_id, lead_id order by day)
