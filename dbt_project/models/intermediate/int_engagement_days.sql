-- Engagement of each tenant by local day, owner, type and channel.
with tenants as (

    select * from {{ ref('stg_tenants') }}

),

engagement as (

    select
        stg_engagement.tenant_id,
        {{ local_date('stg_engagement.engagement_date', 'tenants.timezone') }} as day,
        stg_engagement.assigned_to,
        stg_engagement.engagement_type,
        stg_engagement.engagement_channel,
        stg_engagement.status,
        stg_engagement.response_received,
        stg_engagement.duration_seconds
    from {{ ref('stg_engagement') }} as stg_engagement
    inner join tenants
        on stg_engagement.tenant_id = tenants.tenant_id
        and stg_engagement.engagement_date < tenants.as_of_end_at

)

select
    tenant_id,
    day,
    assigned_to,
    engagement_type,
    engagement_channel,
    count(*) as engagement_count,
    sum(case when status = 'completed' then 1 else 0 end) as completed_count,
    sum(case when status = 'pending' then 1 else 0 end) as pending_count,
    sum(case when status = 'failed' then 1 else 0 end) as failed_count,
    sum(case when status = 'completed' and engagement_type <> 'meeting_scheduled' then 1 else 0 end)
        as answerable_count,
    sum(case when status = 'completed' and engagement_type <> 'meeting_scheduled' and response_received
        then 1 else 0 end) as answered_count,
    sum(cast(duration_seconds as bigint)) as duration_seconds,
    count(duration_seconds) as timed_count
from engagement
group by tenant_id, day, assigned_to, engagement_type, engagement_channel
