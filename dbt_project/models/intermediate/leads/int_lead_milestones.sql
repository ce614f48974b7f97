{{ config(materialized='incremental', pre_hook='{{ forget_touched() }}') }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_leads') }}
-- The state of each lead by its milestones, as of the as-of day. Stages of the funnel count in the
-- first attempt only; dates are the first evidence, that of a loss since the last re-engagement.
with milestones as (

    select *, max(attempt) over (partition by tenant_id, lead_id) as last_attempt
    from {{ ref('int_milestones') }}
    where {{ is_touched('int_milestones') }}

)

select
    tenant_id,
    lead_id,
    count(*) as milestone_count,
    max(attempt) as attempt_count,
    min(case when milestone_type = 'lead_generated' then milestone_date end) as generated_date,
    min(milestone_date) as first_milestone_date,
    max(milestone_date) as last_milestone_date,
    min(case when shows_qualified then milestone_date end) as qualified_date,
    min(case when milestone_type = 'booking' then milestone_date end) as booking_milestone_date,
    max(case when milestone_type = 'booking' then milestone_date end) as last_booking_milestone_date,
    min(case when shows_converted then milestone_date end) as converted_status_date,
    min(case when shows_lost and attempt = last_attempt then milestone_date end) as lost_status_date,
    max(case when shows_lost then milestone_date end) as last_lost_status_date,
    max(case when milestone_type = 'reengaged' then milestone_date end) as last_reengaged_date,
    max(case when milestone_type = 'booking' and attempt > 1 then 1 else 0 end) as booked_after_reentry,
    max(case when attempt = 1 then stage_rank end) as reached_rank,
    -- The furthest stage of the newest attempt that has one: attempts above, ranks below 1,000.
    max(attempt * 1000 + stage_rank) - 1000 * max(case when stage_rank is not null then attempt end)
        as stage_rank,
    count(case when milestone_type in ('site_visit', 'revisit') then 1 end) as site_visit_count,
    {% for type in milestone_stages() -%}
    max(case when milestone_type = '{{ type }}' and attempt = 1 then 1 else 0 end)
        as touched_{{ type }}{{ ',' if not loop.last }}
    {% endfor %}
from milestones
group by tenant_id, lead_id
