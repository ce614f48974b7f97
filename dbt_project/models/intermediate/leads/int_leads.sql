{{ config(materialized='incremental', pre_hook='{{ forget_touched() }}') }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_leads') }}
-- The days on which each lead came, qualified, converted or was lost, as known on the as-of day. A
-- date is that of the first proof: a milestone, a booking or the status on the record, whichever is
-- earliest; a loss, since the last re-engagement.
with tenants as (

    select * from {{ ref('stg_tenants') }}

),

milestones as (

    select * from {{ ref('int_lead_milestones') }}
    where {{ is_touched('int_lead_milestones') }}

),

dated as (

    select
        leads.tenant_id,
        leads.lead_id,
        coalesce(status_dates.status, leads.status) as status,
        case when status_dates.lead_id is null then leads.next_action_date
            else status_dates.next_action_date end as next_action_date,
        leads.source_code,
        leads.campaign_id,
        leads.assigned_to,
        leads.created_at,
        coalesce(leads.converted_to_customer, false) as is_converted_legacy,
        leads.probability,
        {{ local_date('leads.created_at', 'tenants.timezone') }} as created_date,
        least(
            {{ local_date('leads.created_at', 'tenants.timezone') }}, milestones.generated_date
        ) as lead_date,
        coalesce(leads.customer_id, bookings.customer_id) as customer_id,
        milestones.booking_milestone_date,
        bookings.first_booking_date,
        coalesce(
            least(milestones.converted_status_date, status_dates.converted_date),
            status_dates.converted_guess
        ) as converted_status_date,
        coalesce(
            least(
                milestones.booking_milestone_date, milestones.converted_status_date,
                bookings.first_booking_date, status_dates.converted_date
            ),
            status_dates.converted_guess
        ) as converted_date,
        coalesce(
            least(milestones.qualified_date, status_dates.qualified_date), status_dates.qualified_guess
        ) as qualified_evidence_date,
        case when coalesce(status_dates.status, leads.status) = 'lost' then coalesce(
            least(milestones.lost_status_date, case
                when coalesce(status_dates.lost_date >= milestones.last_reengaged_date, true)
                    then status_dates.lost_date
            end),
            milestones.last_lost_status_date, status_dates.lost_date, status_dates.lost_guess
        ) end as lost_date,
        greatest(milestones.last_booking_milestone_date, bookings.last_booking_date) as last_booked_date,
        milestones.last_reengaged_date,
        coalesce(milestones.attempt_count, 1) as attempt_count,
        milestones.last_milestone_date,
        -- A lead that has come stands at the first stage, whatever was recorded of it.
        coalesce(milestones.stage_rank, stages.first_rank) as stage_rank,
        milestones.stage_rank is not null as has_stage,
        coalesce(milestones.reached_rank, stages.first_rank) as reached_rank,
        coalesce(milestones.site_visit_count, 0) as site_visit_count,
        {{ money_sum('coalesce(bookings.booked_value, 0)') }} as booked_value,
        {{ money_sum('coalesce(bookings.net_booked_value, 0)') }} as net_booked_value,
        coalesce(bookings.net_bookings, 0) as net_bookings
    from {{ ref('stg_leads') }} as leads
    inner join tenants on leads.tenant_id = tenants.tenant_id
    left join milestones on leads.tenant_id = milestones.tenant_id and leads.lead_id = milestones.lead_id
    left join {{ ref('int_lead_status_dates') }} as status_dates
        on leads.tenant_id = status_dates.tenant_id and leads.lead_id = status_dates.lead_id
    left join {{ ref('int_stage_ranks') }} as stages on leads.tenant_id = stages.tenant_id
    left join {{ ref('int_lead_bookings') }} as bookings
        on leads.tenant_id = bookings.tenant_id and leads.lead_id = bookings.lead_id
    where
        least({{ local_date('leads.created_at', 'tenants.timezone') }}, milestones.generated_date)
        <= tenants.as_of_date
        and {{ is_touched('leads') }}

)

select
    *,
    -- A conversion is proof that the lead was qualified, whatever was recorded of the steps between.
    least(qualified_evidence_date, converted_date) as qualified_date,
    lost_date is not null as is_lost,
    net_bookings > 0 as is_converted_net,
    -- Sold once, the booking gone, and somebody has taken the lead up again since.
    coalesce(lost_date is null and net_bookings = 0 and last_reengaged_date > last_booked_date, false)
        as is_reopened
from dated
