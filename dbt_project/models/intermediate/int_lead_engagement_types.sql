-- Engagement of each lead by type, up to the end of the as-of day.
with tenants as (

    select * from {{ ref('stg_tenants') }}

),

engagement as (

    select
        *,
        -- A meeting takes place; it is not answered.
        status = 'completed' and engagement_type <> 'meeting_scheduled'
            as can_be_answered
    from {{ ref('stg_engagement') }}

)

select
    engagement.tenant_id,
    engagement.lead_id,
    engagement.engagement_type,
    count(*) as engagement_count,
    sum(case when engagement.status = 'completed' then 1 else 0 end) as completed_count,
    sum(case when engagement.can_be_answered then 1 else 0 end) as answerable_count,
    sum(case when engagement.can_be_answered and engagement.response_received then 1 else 0 end)
        as answered_count,
    sum(case when engagement.response_received then 1 else 0 end) as responses_received,
    sum(cast(engagement.duration_seconds as bigint)) as duration_seconds,
    count(engagement.duration_seconds) as timed_count,
    max(engagement.engagement_date) as last_engagement,
    min(case when engagement.status = 'completed' then engagement.engagement_date end)
        as first_completed_at,
    max(case when engagement.status = 'completed' then engagement.engagement_date end)
        as last_completed_at
from engagement
inner join tenants
    on engagement.tenant_id = tenants.tenant_id
    and engagement.engagement_date < tenants.as_of_end_at
group by engagement.tenant_id, engagement.lead_id, engagement.engagement_type
