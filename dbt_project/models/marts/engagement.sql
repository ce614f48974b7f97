{{ config(materialized='view') }}

-- Engagement up to the end of the as-of day, as recorded, with who. A view, as milestones is.
select
    engagement.tenant_id,
    engagement.engagement_id,
    engagement.lead_id,
    leads.lead_name,
    leads.owner_name,
    engagement.engagement_type,
    engagement.engagement_date,
    engagement.engagement_channel,
    engagement.subject,
    engagement.notes,
    engagement.status,
    engagement.response_received,
    engagement.response_date,
    engagement.response_notes,
    engagement.assigned_to,
    engagement.duration_seconds,
    engagement.created_at,
    engagement.created_by,
    nullif(concat_ws(',',
        engagement.quality_flags,
        case when leads.lead_id is null then 'unknown_lead' end
    ), '') as quality_flags
from {{ ref('stg_engagement') }} as engagement
inner join {{ ref('stg_tenants') }} as tenants
    on engagement.tenant_id = tenants.tenant_id
    and engagement.engagement_date < tenants.as_of_end_at
left join {{ ref('leads') }} as leads
    on engagement.tenant_id = leads.tenant_id and engagement.lead_id = leads.lead_id
