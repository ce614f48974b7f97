{{ config(materialized='view') }}

select
    tenant_id,
    lead_id,
    engagement_type,
    engagement_count,
    completed_count,
    answerable_count,
    responses_received,
    answered_count,
    {{ rate('answered_count', 'answerable_count') }} as response_rate,
    {{ rate('duration_seconds', 'timed_count') }} as avg_duration_seconds,
    last_engagement
from {{ ref('int_lead_engagement_types') }}
