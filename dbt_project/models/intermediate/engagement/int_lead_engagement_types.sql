{{ config(materialized='incremental', pre_hook="{{ forget_touched('touched_or_engaged') }}") }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_or_engaged') }}
-- Engagement of each lead by type, up to the end of the as-of day.
with engagement as (

    {{ touched_engagement() | indent }}

)

select
    tenant_id,
    lead_id,
    engagement_type,
    count(*) as engagement_count,
    count(case when status = 'completed' then 1 end) as completed_count,
    count(case when can_be_answered then 1 end) as answerable_count,
    count(case when can_be_answered and response_received then 1 end) as answered_count,
    count(case when response_received then 1 end) as responses_received,
    cast(sum(duration_seconds) as bigint) as duration_seconds,
    count(duration_seconds) as timed_count,
    max(engagement_date) as last_engagement,
    min(case when status = 'completed' then engagement_date end)
        as first_completed_at,
    max(case when status = 'completed' then engagement_date end)
        as last_completed_at
from engagement
group by tenant_id, lead_id, engagement_type
