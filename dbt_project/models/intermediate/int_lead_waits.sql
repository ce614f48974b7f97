{{ config(materialized='incremental', pre_hook='{{ forget_touched() }}') }}

-- depends_on: {{ ref('build_terms') }}, {{ ref('touched_leads') }}
-- How far each lead had come, from which day to which. A lead starts below all stages (-1), anew with
-- each re-engagement, and is where its attempt came furthest. A wait ends with a further stage, the
-- next attempt, the loss or the first booking; of those that ended on the day they began, none is kept.
with leads as (

    select
        tenant_id,
        lead_id,
        lead_date,
        lost_date,
        converted_date,
        coalesce(source_code, '(none)') as source_code,
        lost_date is null and (converted_date is null or is_reopened) as is_open
    from {{ ref('int_leads') }}
    where {{ is_touched('int_leads') }}

),

attempts as (

    select tenant_id, lead_id, attempt, min(milestone_date) as started_date
    from {{ ref('int_milestones') }}
    where milestone_type = 'reengaged' and {{ is_touched('int_milestones') }}
    group by tenant_id, lead_id, attempt

),

steps as (

    select tenant_id, lead_id, 1 as attempt, -1 as stage_rank, lead_date as entered_date from leads
    union all
    select tenant_id, lead_id, attempt, -1 as stage_rank, started_date as entered_date from attempts
    union all
    select tenant_id, lead_id, attempt, stage_rank, min(milestone_date) as entered_date
    from {{ ref('int_milestones') }}
    where
        stage_rank is not null
        and milestone_type not in ('lead_generated', 'booking')
        and {{ is_touched('int_milestones') }}
    group by tenant_id, lead_id, attempt, stage_rank

),

placed as (

    select
        *,
        min(entered_date) over (
            partition by tenant_id, lead_id
            order by attempt desc, stage_rank desc
            rows between unbounded preceding and 1 preceding
        ) as next_date
    from steps

),

-- Losses that a re-engagement undid; the one that stands is the lead's.
undone as (

    select milestones.tenant_id, milestones.lead_id, milestones.attempt,
        min(milestones.milestone_date) as lost_date
    from {{ ref('int_milestones') }} as milestones
    inner join attempts
        on milestones.tenant_id = attempts.tenant_id
        and milestones.lead_id = attempts.lead_id
        and milestones.attempt = attempts.attempt - 1
    where milestones.shows_lost
    group by milestones.tenant_id, milestones.lead_id, milestones.attempt

),

ended as (

    select
        placed.tenant_id,
        placed.lead_id,
        cast(placed.attempt as integer) as attempt,
        cast(placed.stage_rank as integer) as stage_rank,
        placed.entered_date,
        least(placed.next_date, undone.lost_date, leads.lost_date, leads.converted_date) as ended_date,
        leads.converted_date as booked_date,
        leads.source_code,
        placed.attempt = 1 and placed.entered_date = leads.lead_date as is_arrival,
        placed.next_date is null and leads.is_open as is_current
    from placed
    inner join leads on placed.tenant_id = leads.tenant_id and placed.lead_id = leads.lead_id
    left join undone
        on placed.tenant_id = undone.tenant_id
        and placed.lead_id = undone.lead_id
        and placed.attempt = undone.attempt

)

select * from ended
where is_current or ended_date is null or ended_date > entered_date
