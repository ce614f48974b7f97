-- Leads and what became of them, per source. A source without leads stays; leads without a source
-- are "(none)", and so is the value of bookings without a lead, so that the sum is the tenant's.
with sources as (

    select
        tenant_id, source_type, source_code, source_name, subsource_name, channel,
        max(case when takes_leads then 1 else 0 end) = 1 as takes_leads,
        count(*) as listed
    from {{ ref('int_lead_sources') }}
    group by tenant_id, source_type, source_code, source_name, subsource_name, channel

),

leads as (

    select
        tenant_id,
        source_code,
        count(*) as total_leads,
        count(case when is_qualified then 1 end) as qualified_leads,
        count(case when is_converted then 1 end) as converted_leads,
        count(case when is_converted_net then 1 end) as converted_leads_net,
        count(case when is_lost then 1 end) as lost_leads,
        {{ median('days_to_booking') }} as median_days_to_booking,
        {{ median('first_response_hours') }} as median_first_response_hours,
        count(first_response_hours) as responded_leads
    from {{ ref('leads') }}
    group by tenant_id, source_code

),

-- As the old view counted leads: by their record alone, and on every row that lists the code.
legacy as (

    select
        tenant_id,
        coalesce(source_code, '(none)') as source_code,
        count(*) as total_leads,
        count(case when probability > 0 then 1 end) as qualified_leads,
        count(case when is_converted_legacy then 1 end) as converted_leads,
        count(case when status = 'lost' then 1 end) as lost_leads
    from {{ ref('int_leads') }}
    group by tenant_id, coalesce(source_code, '(none)')

),

booked as (

    select
        bookings.tenant_id,
        coalesce(leads.source_code, '(none)') as source_code,
        sum(bookings.booking_amount) as booked_value,
        sum(case when bookings.is_net then bookings.booking_amount else 0 end) as net_booked_value
    from {{ ref('bookings') }} as bookings
    left join {{ ref('leads') }} as leads
        on bookings.tenant_id = leads.tenant_id
        and bookings.lead_id = leads.lead_id
    where bookings.is_gross
    group by bookings.tenant_id, coalesce(leads.source_code, '(none)')

)

select
    sources.tenant_id,
    sources.source_type,
    sources.source_code,
    sources.source_name,
    sources.subsource_name,
    sources.channel,
    {%- for count in [
        'total_leads', 'qualified_leads', 'converted_leads', 'converted_leads_net', 'lost_leads',
    ] %}
    coalesce(leads.{{ count }}, 0) as {{ count }},
    {%- endfor %}
    {{ rate('leads.converted_leads', 'leads.total_leads') }} as conversion_rate,
    {%- for count in ['total_leads', 'qualified_leads', 'converted_leads', 'lost_leads'] %}
    coalesce(sources.listed * legacy.{{ count }}, 0) as {{ count }}_legacy,
    {%- endfor %}
    {{ legacy_pct('legacy.converted_leads', 'legacy.total_leads') }} as conversion_rate_legacy,
    {{ money_sum('coalesce(booked.booked_value, 0)') }} as booked_value,
    {{ money_sum('coalesce(booked.net_booked_value, 0)') }} as net_booked_value,
    leads.median_days_to_booking,
    leads.median_first_response_hours,
    coalesce(leads.responded_leads, 0) as responded_leads
from sources
left join leads
    on sources.takes_leads
    and sources.tenant_id = leads.tenant_id
    and sources.source_code = leads.source_code
left join legacy
    on sources.tenant_id = legacy.tenant_id
    and sources.source_code = legacy.source_code
left join booked
    on sources.takes_leads
    and sources.tenant_id = booked.tenant_id
    and sources.source_code = booked.source_code
