-- Every follow-up ever asked for, by a milestone or by the lead's next action, with the day on
-- which it was due and the day on which a later milestone or completed engagement satisfied it.
-- A contact on the day before it is due counts; one on the day of the milestone that asked does
-- not, unless the follow-up was due that very day.
with tenants as (select * from {{ ref('stg_tenants') }}),

milestones as (

    select * from {{ ref('int_milestones') }}

),

asked as (

    select
        tenant_id, 'milestone' as origin, lead_id, milestone_id, follow_up_date, milestone_number,
        coalesce(follow_up_date, milestone_date) as pending_from,
        coalesce({{ add_days('follow_up_date', -1) }}, milestone_date) as milestone_counts_from,
        case
            when follow_up_date <= milestone_date then {{ add_days('follow_up_date', -1) }}
            else greatest({{ add_days('milestone_date', 1) }}, {{ add_days('follow_up_date', -1) }})
        end as contact_counts_from
    from milestones
    where asks_follow_up

    union all

    select
        leads.tenant_id, 'lead' as origin, leads.lead_id, cast(null as varchar) as milestone_id,
        leads.next_action_date as follow_up_date, 0 as milestone_number,
        leads.next_action_date as pending_from,
        {{ add_days('leads.next_action_date', -1) }} as milestone_counts_from,
        {{ add_days('leads.next_action_date', -1) }} as contact_counts_from
    from {{ ref('stg_leads') }} as leads
    where leads.next_action_date is not null

),

due as (

    select
        asked.*,
        tenants.timezone,
        tenants.as_of_end_at,
        {{ day_start('asked.contact_counts_from', 'tenants.timezone') }} as contact_counts_from_at
    from asked
    inner join tenants
        on asked.tenant_id = tenants.tenant_id
        and asked.pending_from <= tenants.as_of_date

),

by_milestone as (

    select due.tenant_id, due.origin, due.lead_id, due.milestone_number,
        min(milestones.milestone_date) as satisfied_date
    from due
    inner join milestones
        on due.tenant_id = milestones.tenant_id
        and due.lead_id = milestones.lead_id
        and milestones.milestone_number > due.milestone_number
        and milestones.milestone_date >= due.milestone_counts_from
    group by due.tenant_id, due.origin, due.lead_id, due.milestone_number

),

by_contact as (

    select due.tenant_id, due.origin, due.lead_id, due.milestone_number,
        min(engagement.engagement_date) as satisfied_at
    from due
    inner join {{ ref('stg_engagement') }} as engagement
        on due.tenant_id = engagement.tenant_id
        and due.lead_id = engagement.lead_id
        and engagement.engagement_date >= due.contact_counts_from_at
        and engagement.engagement_date < due.as_of_end_at
    where engagement.status = 'completed'
    group by due.tenant_id, due.origin, due.lead_id, due.milestone_number

)

select
    due.tenant_id, due.origin, due.lead_id, due.milestone_id, due.follow_up_date, due.pending_from,
    least(by_milestone.satisfied_date, {{ local_date('by_contact.satisfied_at', 'due.timezone') }})
        as satisfied_date
from due
left join by_milestone
    on due.tenant_id = by_milestone.tenant_id
    and due.origin = by_milestone.origin
    and due.lead_id = by_milestone.lead_id
    and due.milestone_number = by_milestone.milestone_number
left join by_contact
    on due.tenant_id = by_contact.tenant_id
    and due.origin = by_contact.origin
    and due.lead_id = by_contact.lead_id
    and due.milestone_number = by_contact.milestone_number
