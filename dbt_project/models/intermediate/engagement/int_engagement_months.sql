{{ config(materialized='incremental', pre_hook="{{ forget_touched('touched_months') }}") }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_months') }}
-- Engagement by local month, owner, type and channel.
with engagement as (

    select
        *,
        {{ month_of('day') }} as month
    from ({{ engagement_since_touched_months() | indent }}) as counted

)

select
    tenant_id,
    month,
    assigned_to,
    engagement_type,
    engagement_channel,
    count(*) as engagement_count,
    count(case when status = 'completed' then 1 end) as completed_count,
    count(case when status = 'pending' then 1 end) as pending_count,
    count(case when status = 'failed' then 1 end) as failed_count,
    count(case when can_be_answered then 1 end) as answerable_count,
    count(case when can_be_answered and response_received then 1 end) as answered_count,
    cast(sum(duration_seconds) as bigint) as duration_seconds,
    count(duration_seconds) as timed_count,
    {{ median('duration_seconds') }} as median_duration_seconds,
    max(engagement_date) as last_engagement
from engagement
where {{ is_touched('engagement', 'touched_months') }}
group by tenant_id, month, assigned_to, engagement_type, engagement_channel
