{{ config(materialized='view') }}

-- A view: the rows are in intermediate already, and names may change without them.
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
from {{ ref('int_engagement_months') }} as totals
left join {{ ref('stg_users') }} as users
    on totals.tenant_id = users.tenant_id and totals.assigned_to = users.user_id
