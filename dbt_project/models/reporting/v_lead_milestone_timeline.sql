{{ config(materialized='view') }}

-- Each milestone with the next one of its lead. A view over the ordered milestones, as marts are.
select
    milestones.tenant_id,
    milestones.lead_id,
    leads.first_name,
    leads.last_name,
    leads.email,
    milestones.milestone_id,
    milestones.milestone_type,
    milestones.milestone_date,
    milestones.milestone_time,
    milestones.notes,
    milestones.status_before,
    milestones.status_after,
    milestones.next_milestone_date,
    {{ days_between('milestones.milestone_date', 'milestones.next_milestone_date') }}
        as days_to_next_milestone,
    cast(milestones.stage_rank as integer) as stage_rank,
    milestones.milestone_number,
    milestones.attempt,
    {{ days_between('leads.lead_date', 'milestones.milestone_date') }} as days_since_lead
from {{ ref('int_milestones') }} as milestones
left join {{ ref('leads') }} as leads
    on milestones.tenant_id = leads.tenant_id
    and milestones.lead_id = leads.lead_id
