{{ config(materialized='incremental', pre_hook='{{ forget_touched() }}') }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_leads') }}
-- Every milestone up to the as-of day in its place in the lead's life. The order is total: date,
-- time (missing last), stage, creation, id. Re-entry sorts before the stages of its day and a
-- cancellation after them.
with tenants as (

    select * from {{ ref('stg_tenants') }}

),

stages as (

    select * from {{ ref('stg_tenant_stages') }}

),

milestones as (

    select * from {{ ref('stg_milestones') }}
    where {{ is_touched('stg_milestones') }}

),

known as (

    select
        milestones.tenant_id,
        milestones.milestone_id,
        milestones.lead_id,
        milestones.milestone_type,
        milestones.milestone_date,
        milestones.milestone_time,
        milestones.notes,
        milestones.status_before,
        milestones.status_after,
        milestones.created_at,
        stages.stage_rank,
        stages.stage_rank is not null or milestones.milestone_type in ('reengaged', 'cancellation')
            as is_step,
        coalesce(stages.stage_rank, case milestones.milestone_type when 'reengaged' then -1 else 99 end)
            as sort_rank,
        coalesce(stages.is_qualifying, false)
            or lower(milestones.status_after) in ('qualified', 'negotiation', 'converted')
            or lower(milestones.status_before) in ('qualified', 'negotiation', 'converted')
            as shows_qualified,
        coalesce(lower(milestones.status_after) = 'converted', false) as shows_converted,
        coalesce(lower(milestones.status_after) = 'lost', false) as shows_lost,
        coalesce(milestones.follow_up_required, milestones.follow_up_date is not null)
            as asks_follow_up,
        milestones.follow_up_date
    from milestones
    inner join tenants
        on milestones.tenant_id = tenants.tenant_id
        and milestones.milestone_date <= tenants.as_of_date
    left join stages
        on milestones.tenant_id = stages.tenant_id
        and milestones.milestone_type = stages.milestone_type

)

select
    tenant_id,
    milestone_id,
    lead_id,
    milestone_type,
    milestone_date,
    milestone_time,
    notes,
    status_before,
    status_after,
    stage_rank,
    coalesce(shows_qualified, false) as shows_qualified,
    shows_converted,
    shows_lost,
    asks_follow_up,
    follow_up_date,
    row_number() over lead_life as milestone_number,
    1 + count(case when milestone_type = 'reengaged' then 1 end) over (
        lead_life rows between unbounded preceding and current row
    ) as attempt,
    lead(milestone_date) over lead_life as next_milestone_date,
    min(case when is_step then milestone_date end) over (
        lead_life rows between 1 following and unbounded following
    ) as next_step_date
from known
window lead_life as (
    partition by tenant_id, lead_id
    order by
        milestone_date asc,
        milestone_time asc nulls last,
        sort_rank asc,
        created_at asc nulls last,
        milestone_id asc
)
