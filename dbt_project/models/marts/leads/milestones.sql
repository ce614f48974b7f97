{{ config(materialized='view') }}

-- Milestones up to the as-of day, as recorded. A view, and published in parts, as engagement is; the
-- order in the lead's life and the stage are v_lead_milestone_timeline's.
select
    milestones.tenant_id,
    milestones.milestone_id,
    milestones.lead_id,
    milestones.milestone_type,
    milestones.milestone_date,
    milestones.milestone_time,
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
    milestones.quality_flags,
    milestones.batch_id
from {{ ref('stg_milestones') }} as milestones
inner join {{ ref('stg_tenants') }} as tenants
    on milestones.tenant_id = tenants.tenant_id
    and milestones.milestone_date <= tenants.as_of_date
