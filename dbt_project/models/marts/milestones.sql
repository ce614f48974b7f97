{{ config(materialized='view') }}

-- Milestones up to the as-of day, as recorded, with who and where in the funnel. A view: the rows
-- are already in staging, and twenty million of them need no second copy.
select
    milestones.tenant_id,
    milestones.milestone_id,
    milestones.lead_id,
    leads.lead_name,
    leads.owner_name,
    milestones.milestone_type,
    milestones.milestone_date,
    milestones.milestone_time,
    stages.stage_rank,
    milestones.notes,
    milestones.location_latitude,
    milestones.location_longitude,
    milestones.location_name,
    milestones.status_before,
    milestones.status_after,
    milestones.visited_by,
    milestones.duration_minutes,
    milestones.outcome,
    milestones.follow_up_date,
    milestones.follow_up_required,
    milestones.metadata,
    milestones.created_at,
    milestones.created_by,
    nullif(concat_ws(',',
        milestones.quality_flags,
        case when leads.lead_id is null then 'unknown_lead' end,
        case when milestones.milestone_date < leads.lead_date then 'milestone_before_lead' end
    ), '') as quality_flags
from {{ ref('stg_milestones') }} as milestones
inner join {{ ref('stg_tenants') }} as tenants
    on milestones.tenant_id = tenants.tenant_id
    and milestones.milestone_date <= tenants.as_of_date
left join {{ ref('stg_tenant_stages') }} as stages
    on milestones.tenant_id = stages.tenant_id and milestones.milestone_type = stages.milestone_type
left join {{ ref('leads') }} as leads
    on milestones.tenant_id = leads.tenant_id and milestones.lead_id = leads.lead_id
