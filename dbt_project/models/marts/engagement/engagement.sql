{{ config(materialized='view') }}

-- Engagement up to the end of the as-of day, as recorded. A view over the landed rows: twenty million
-- need no second copy. The lead's name is in `leads`. fingerprints_engagement counts the same rows, by
-- which publishing writes only the parts that changed.
select
    engagement.tenant_id,
    engagement.engagement_id,
    engagement.lead_id,
    engagement.engagement_type,
    engagement.engagement_date,
    engagement.engagement_channel,
    engagement.subject,
    engagement.notes,
    engagement.status,
    engagement.response_received
    and coalesce(engagement.response_date < tenants.as_of_end_at, true) as response_received,
    {%- for column in ['response_date', 'response_notes'] %}
    case when coalesce(engagement.response_date < tenants.as_of_end_at, true) then engagement.{{ column }} end
        as {{ column }},
    {%- endfor %}
    engagement.assigned_to,
    engagement.duration_seconds,
    engagement.created_at,
    engagement.created_by,
    engagement.quality_flags,
    engagement.batch_id
from {{ ref('stg_engagement') }} as engagement
inner join {{ ref('stg_tenants') }} as tenants
    on engagement.tenant_id = tenants.tenant_id
    and engagement.engagement_date < tenants.as_of_end_at
