-- The follow-ups that are pending on the as-of day. A lead's own next action is one of them only
-- if no milestone's follow-up is.
with pending_leads as (

    select tenant_id, lead_id
    from {{ ref('int_follow_up_days') }}
    where is_last and pending_count > 0

),

unsatisfied as (

    select
        follow_ups.tenant_id,
        follow_ups.lead_id,
        follow_ups.origin,
        follow_ups.milestone_id,
        follow_ups.follow_up_date,
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
    unsatisfied.origin,
    unsatisfied.milestone_id,
    unsatisfied.follow_up_date,
    case
        when unsatisfied.follow_up_date is null then 'undated'
        when unsatisfied.follow_up_date = tenants.as_of_date then 'due_today'
        else 'overdue'
    end as state,
    {{ days_between('unsatisfied.follow_up_date', 'tenants.as_of_date') }} as days_overdue
from unsatisfied
inner join {{ ref('stg_tenants') }} as tenants on unsatisfied.tenant_id = tenants.tenant_id
where unsatisfied.origin = 'milestone' or unsatisfied.milestones_pending = 0
