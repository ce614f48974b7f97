with engagement as (

    select
        *,
        {{ month_of('day') }} as month
    from {{ ref('int_engagement') }}

),

totals as (

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
        sum(duration_seconds) as duration_seconds,
        count(duration_seconds) as timed_count,
        {{ median('duration_seconds') }} as median_duration_seconds,
        max(engagement_date) as last_engagement
    from engagement
    group by tenant_id, month, assigned_to, engagement_type, engagement_channel

)

select
    totals.tenant_id,
    totals.month,
    coalesce(totals.assigned_to, '(none)') as owner_id,
    coalesce(users.name, totals.assigned_to, '(none)') as owner_name,
    totals.engagement_type,
    coalesce(totals.engagement_channel, '(none)') as engagement_channel,
    totals.engagement_count,
    totals.completed_count,
    totals.pending_count,
    totals.failed_count,
    totals.answerable_count,
    totals.answered_count,
    {{ rate('totals.answered_count', 'totals.answerable_count') }} as response_rate,
    cast(totals.timed_count as bigint) as timed_count,
    {{ rate('totals.duration_seconds', 'totals.timed_count') }} as avg_duration_seconds,
    totals.median_duration_seconds,
    totals.last_engagement
from totals
left join {{ ref('stg_users') }} as users
    on totals.tenant_id = users.tenant_id and totals.assigned_to = users.user_id
