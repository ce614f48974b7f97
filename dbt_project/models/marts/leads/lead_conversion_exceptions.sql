-- Leads on which the three signs of a conversion disagree: a booking milestone, a booking that is
-- not pending, and the status converted.
with signs as (

    select
        *,
        booking_milestone_date is not null as has_booking_milestone,
        first_booking_date is not null as has_booking,
        converted_status_date is not null as has_converted_status
    from {{ ref('int_leads') }}
    where converted_date is not null

)

select
    signs.tenant_id,
    signs.lead_id,
    leads.lead_code,
    leads.lead_name,
    leads.owner_name,
    signs.status,
    signs.has_booking_milestone,
    signs.has_booking,
    signs.has_converted_status,
    signs.booking_milestone_date,
    signs.first_booking_date,
    signs.converted_status_date
from signs
inner join {{ ref('leads') }} as leads
    on signs.tenant_id = leads.tenant_id and signs.lead_id = leads.lead_id
where not (signs.has_booking_milestone and signs.has_booking and signs.has_converted_status)
