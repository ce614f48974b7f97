{{ config(materialized='view') }}

select
    tenant_id,
    lead_id,
    engagement_type,
    engagement_count,
    cast(completed_count as bigint) as completed_count,
    cast(answerable_count as bigint) as answerable_count,
    cast(responses_received as bigint) as responses_received,
    cast(answered_count as bigint) as answered_count,
    {{ rate('answered_count', 'answerable_count') }} as response_rate,
    {{ rate('duration_seconds', 'timed_count') }} as avg_duration_seconds,
    last_engagement
from {{ ref('int_lead_engagement_types') }}
