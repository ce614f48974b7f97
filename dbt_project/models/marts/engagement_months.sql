with days as (

    select * from {{ ref('int_engagement_days') }}

)

select
    days.tenant_id,
    {{ month_of('days.day') }} as month,
    coalesce(users.name, days.assigned_to, '(none)') as owner_name,
    days.engagement_type,
    coalesce(days.engagement_channel, '(none)') as engagement_channel,
    cast(sum(days.engagement_count) as bigint) as engagement_count,
    cast(sum(days.completed_count) as bigint) as completed_count,
    cast(sum(days.pending_count) as bigint) as pending_count,
    cast(sum(days.failed_count) as bigint) as failed_count,
    cast(sum(days.answerable_count) as bigint) as answerable_count,
    cast(sum(days.answered_count) as bigint) as answered_count,
    {{ rate('sum(days.answered_count)', 'sum(days.answerable_count)') }} as response_rate,
    {{ rate('sum(days.duration_seconds)', 'sum(days.timed_count)') }} as avg_duration_seconds,
    max(days.day) as last_engagement_date
from days
left join {{ ref('stg_users') }} as users
    on days.tenant_id = users.tenant_id and days.assigned_to = users.user_id
group by
    days.tenant_id,
    {{ month_of('days.day') }},
    coalesce(users.name, days.assigned_to, '(none)'),
    days.engagement_type,
    coalesce(days.engagement_channel, '(none)')
