{{ config(materialized='incremental', pre_hook='{{ forget_touched() }}') }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_leads') }}
-- How far each lead had come, from which day to which. A lead starts below all stages (-1), anew with
-- each re-engagement, and is where its attempt came furthest. A wait ends with a further stage, the
-- next attempt, the loss or the first booking; of those that ended on the day they began, only that of a
-- lead is kept that was lost or sold on the day it came.
with leads as (

    select tenant_id, lead_id, lead_date, lost_date, converted_date,
        coalesce(source_code, '(none)') as source_code,
        lost_date is null and (converted_date is null or is_reopened) as is_open
    from {{ ref('int_leads') }}
    where {{ is_touched('int_leads') }}

),

-- When each attempt first came to each stage; to -1 with the re-engagement itself.
recorded as (

    select tenant_id, lead_id, attempt,
        case
            when milestone_type = 'reengaged' then -1
            when milestone_type not in ('lead_generated', 'booking') then stage_rank
        end as came_to,
        min(milestone_date) as entered_date,
        min(case when shows_lost then milestone_date end) as lost_date
    from {{ ref('int_milestones') }}
    where
        (shows_lost or milestone_type not in ('lead_generated', 'booking'))
        and {{ is_touched('int_milestones') }}
    group by tenant_id, lead_id, attempt, came_to

),

steps as (

    select tenant_id, lead_id, 1 as attempt, -1 as stage_rank, lead_date as entered_date from leads
    union all
    select tenant_id, lead_id, attempt, came_to as stage_rank, entered_date from recorded
    where came_to is not null

),

placed as (

    select *,
        min(entered_date) over (
            partition by tenant_id, lead_id order by attempt desc, stage_rank desc
            rows between unbounded preceding and 1 preceding
        ) as next_date
    from steps

),

-- Losses that a re-engagement undid; a loss that stands is on the lead itself.
undone as (

    select lost.tenant_id, lost.lead_id, lost.attempt, min(lost.lost_date) as lost_date
    from recorded as lost
    inner join recorded as again
        on lost.tenant_id = again.tenant_id and lost.lead_id = again.lead_id
        and lost.attempt = again.attempt - 1 and again.came_to = -1
    where lost.lost_date is not null
    group by lost.tenant_id, lost.lead_id, lost.attempt

),

ended as (

    select placed.tenant_id, placed.lead_id,
        cast(placed.attempt as integer) as attempt,
        cast(placed.stage_rank as integer) as stage_rank,
        placed.entered_date,
        least(placed.next_date, undone.lost_date, leads.lost_date, leads.converted_date) as ended_date,
        leads.converted_date as booked_date,
        leads.source_code,
        placed.attempt = 1 and placed.entered_date = leads.lead_date as is_arrival,
        placed.next_date is null and leads.is_open as is_current,
        placed.attempt = 1 and placed.stage_rank = -1 and coalesce(
            least(undone.lost_date, leads.lost_date, leads.converted_date) <= leads.lead_date, false
        ) as is_gone_at_once
    from placed
    inner join leads on placed.tenant_id = leads.tenant_id and placed.lead_id = leads.lead_id
    left join undone
        on placed.tenant_id = undone.tenant_id
        and placed.lead_id = undone.lead_id
        and placed.attempt = undone.attempt

)

select *,
    {{ score_day_of(days_between('entered_date', add_days('ended_date', -1))) }} as last_day,
    case when booked_date is not null
        then {{ score_day_of(days_between(add_days('entered_date', score_horizon() + 1), 'booked_date')) }}
    end as too_early_day
from ended
where is_current or ended_date is null or ended_date > entered_date
    or is_gone_at_once
