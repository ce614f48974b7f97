-- Leads and what became of them, per source. A source without leads stays; leads without a source
-- are "(none)", and so is the value of bookings without a lead, so that the sum is the tenant's.
with sources as (

    select distinct
        tenant_id, source_type, source_code, source_name, subsource_name, channel
    from {{ ref('int_lead_sources') }}

),

leads as (

    select
        tenant_id,
        source_code,
        source_type,
        source_name,
        subsource_name,
        channel,
        count(*) as total_leads,
        count(case when is_qualified then 1 end) as qualified_leads,
        count(case when is_converted then 1 end) as converted_leads,
        count(case when is_converted_net then 1 end) as converted_leads_net,
        count(case when is_lost then 1 end) as lost_leads,
        {{ median('days_to_booking') }} as median_days_to_booking,
        {{ median('first_response_hours') }} as median_first_response_hours,
        count(first_response_hours) as responded_leads
    from {{ ref('leads') }}
    group by tenant_id, source_code, source_type, source_name, subsource_name, channel

),

booked as (

    select
        bookings.tenant_id,
        coalesce(leads.source_code, '(none)') as source_code,
        sum(bookings.booking_amount) as booked_value,
        sum(case when bookings.is_live then bookings.booking_amount else 0 end) as net_booked_value
    from {{ ref('bookings') }} as bookings
    left join {{ ref('leads') }} as leads
        on bookings.tenant_id = leads.tenant_id
        and bookings.lead_id = leads.lead_id
    where bookings.is_gross
    group by bookings.tenant_id, coalesce(leads.source_code, '(none)')

),

placed as (

    select
        sources.*,
        primary_rows.source_code is not null as takes_leads
    from sources
    left join (select * from {{ ref('int_lead_sources') }} where takes_leads) as primary_rows
        on sources.tenant_id = primary_rows.tenant_id
        and sources.source_code = primary_rows.source_code
        and sources.source_type = primary_rows.source_type
        and sources.source_name = primary_rows.source_name
        and coalesce(sources.subsource_name, '') = coalesce(primary_rows.subsource_name, '')
        and coalesce(sources.channel, '') = coalesce(primary_rows.channel, '')

)

select
    placed.tenant_id,
    placed.source_type,
    placed.source_code,
    placed.source_name,
    placed.subsource_name,
    placed.channel,
    coalesce(leads.total_leads, 0) as total_leads,
    coalesce(leads.qualified_leads, 0) as qualified_leads,
    coalesce(leads.converted_leads, 0) as converted_leads,
    coalesce(leads.converted_leads_net, 0) as converted_leads_net,
    coalesce(leads.lost_leads, 0) as lost_leads,
    {{ rate('leads.converted_leads', 'leads.total_leads') }} as conversion_rate,
    round(100 * {{ rate('leads.converted_leads', 'leads.total_leads') }}, 2) as conversion_rate_brief,
    {{ money('coalesce(booked.booked_value, 0)') }} as booked_value,
    {{ money('coalesce(booked.net_booked_value, 0)') }} as net_booked_value,
    leads.median_days_to_booking,
    leads.median_first_response_hours,
    coalesce(leads.responded_leads, 0) as responded_leads
from placed
left join leads
    on placed.takes_leads
    and placed.tenant_id = leads.tenant_id
    and placed.source_code = leads.source_code
left join booked
    on placed.takes_leads
    and placed.tenant_id = booked.tenant_id
    and placed.source_code = booked.source_code
