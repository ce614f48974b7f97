{{ config(materialized='incremental', pre_hook='{{ forget_touched() }}') }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_leads') }}
-- How long each lead was in each stage before the booking, per attempt; stays in the same stage are
-- added up. A stay ends with the next stage, cancellation or re-engagement; the last one with the
-- lead's loss or a booking that has no milestone, and otherwise it is open. What was recorded after
-- a sale, while the booking lives, is no waiting.
with leads as (

    select * from {{ ref('int_leads') }} where {{ is_touched('int_leads') }}

),

-- A lead of which no stage is recorded waits at the first one since it came.
recorded as (

    select tenant_id, lead_id, attempt, stage_rank, milestone_date, next_step_date
    from {{ ref('int_milestones') }}
    where stage_rank is not null and milestone_type <> 'booking' and {{ is_touched('int_milestones') }}
    union all
    select tenant_id, lead_id, 1 as attempt, stage_rank, lead_date as milestone_date,
        cast(null as date) as next_step_date
    from leads
    where not has_stage

),

stays as (

    select
        milestones.tenant_id,
        milestones.lead_id,
        milestones.attempt,
        milestones.stage_rank,
        milestones.milestone_date,
        coalesce(
            milestones.next_step_date,
            case
                when leads.is_lost then leads.lost_date
                when leads.last_booked_date >= milestones.milestone_date then leads.last_booked_date
                when leads.converted_status_date >= milestones.milestone_date
                    then leads.converted_status_date
            end
        ) as left_date,
        milestones.next_step_date is null and leads.is_lost as is_lost_here,
        leads.converted_date is null or leads.is_reopened as is_waiting
    from recorded as milestones
    inner join leads
        on milestones.tenant_id = leads.tenant_id
        and milestones.lead_id = leads.lead_id

)

select
    tenant_id,
    lead_id,
    attempt,
    stage_rank,
    min(milestone_date) as entered_date,
    case when count(left_date) = count(*) then max(left_date) end as left_date,
    max(case when is_lost_here then 1 else 0 end) = 1 as is_lost_here,
    cast(coalesce(sum({{ days_between('milestone_date', 'left_date') }}), 0) as integer) as settled_days,
    -- Only a lead's last stay can be open.
    max(case when left_date is null then milestone_date end) as waits_since
from stays
where left_date is not null or is_waiting
group by tenant_id, lead_id, attempt, stage_rank
