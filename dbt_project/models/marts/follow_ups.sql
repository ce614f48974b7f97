-- The worklist: follow-ups that are pending on the as-of day.
with tenants as (

    select * from {{ ref('stg_tenants') }}

),

pending_leads as (

    select days.tenant_id, days.lead_id
    from {{ ref('int_follow_up_days') }} as days
    inner join (
        select tenant_id, lead_id, max(day) as day
        from {{ ref('int_follow_up_days') }}
        group by tenant_id, lead_id
    ) as last_days
        on days.tenant_id = last_days.tenant_id
        and days.lead_id = last_days.lead_id
        and days.day = last_days.day
    where days.pending_count > 0

),

unsatisfied as (

    select
        follow_ups.*,
        sum(case when follow_ups.origin = 'milestone' then 1 else 0 end) over (
            partition by follow_ups.tenant_id, follow_ups.lead_id
        ) as milestones_pending
    from {{ ref('int_follow_ups') }} as follow_ups
    inner join pending_leads
        on follow_ups.tenant_id = pending_leads.tenant_id
        and follow_ups.lead_id = pending_leads.lead_id
    where follow_ups.satisfied_date is null

)

select
    unsatisfied.tenant_id,
    unsatisfied.lead_id,
    leads.lead_name,
    leads.phone,
    leads.assigned_to as owner_id,
    leads.owner_name,
    unsatisfied.origin,
    unsatisfied.milestone_id,
    unsatisfied.follow_up_date,
    case
        when unsatisfied.follow_up_date is null then 'undated'
        when unsatisfied.follow_up_date = tenants.as_of_date then 'due_today'
        else 'overdue'
    end as state,
    {{ days_between('unsatisfied.follow_up_date', 'tenants.as_of_date') }} as days_overdue,
    coalesce(milestones.notes, case when unsatisfied.origin = 'lead' then stg_leads.next_action_notes end)
        as notes,
    leads.source_name
from unsatisfied
inner join tenants on unsatisfied.tenant_id = tenants.tenant_id
inner join {{ ref('leads') }} as leads
    on unsatisfied.tenant_id = leads.tenant_id and unsatisfied.lead_id = leads.lead_id
left join {{ ref('stg_leads') }} as stg_leads
    on unsatisfied.tenant_id = stg_leads.tenant_id and unsatisfied.lead_id = stg_leads.lead_id
left join {{ ref('stg_milestones') }} as milestones
    on unsatisfied.tenant_id = milestones.tenant_id and unsatisfied.milestone_id = milestones.milestone_id
where unsatisfied.origin = 'milestone' or unsatisfied.milestones_pending = 0
