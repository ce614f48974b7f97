with pending as (

    select * from {{ ref('int_pending_follow_ups') }}

),

leads as (

    select * from {{ ref('leads') }}

)

select
    pending.tenant_id,
    pending.lead_id,
    leads.lead_code,
    leads.lead_name,
    leads.phone,
    leads.email,
    leads.status,
    leads.stage_name,
    leads.assigned_to as owner_id,
    leads.owner_name,
    pending.origin,
    pending.milestone_id,
    milestones.milestone_type,
    pending.follow_up_date,
    pending.state,
    pending.days_overdue,
    coalesce(
        milestones.notes,
        case when pending.origin = 'lead' then recorded.next_action_notes end
    ) as notes,
    leads.source_name,
    leads.campaign_id,
    leads.campaign_name,
    leads.last_activity_date
from pending
inner join leads
    on pending.tenant_id = leads.tenant_id
    and pending.lead_id = leads.lead_id
inner join {{ ref('stg_leads') }} as recorded
    on pending.tenant_id = recorded.tenant_id
    and pending.lead_id = recorded.lead_id
left join {{ ref('int_milestones') }} as milestones
    on pending.tenant_id = milestones.tenant_id
    and pending.milestone_id = milestones.milestone_id
