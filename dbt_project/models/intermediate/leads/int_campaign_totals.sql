-- Leads, value and spend per campaign id, as recorded; "(unattributed)" where there is none. Value
-- goes to the campaign of the booking's lead.
with leads as (

    select *, coalesce(campaign_id, '(unattributed)') as campaign_key
    from {{ ref('int_leads') }}

),

totals as (

    select tenant_id, campaign_key,
        count(*) as total_leads,
        count(qualified_date) as qualified_leads,
        count(converted_date) as converted_customers,
        count(case when is_lost then 1 end) as lost_leads,
        sum(site_visit_count) as site_visits,
        sum(case when is_converted_legacy then 1 else 0 end) as converted_customers_legacy,
        sum(case when status = 'lost' then 1 else 0 end) as lost_leads_legacy,
        0 as bookings, 0 as net_bookings, 0 as booked_value, 0 as net_booked_value,
        cast(null as decimal(38, 2)) as spend
    from leads
    group by tenant_id, campaign_key

    union all

    select bookings.tenant_id, coalesce(leads.campaign_key, '(unattributed)') as campaign_key,
        0, 0, 0, 0, 0, 0, 0,
        count(*), count(case when bookings.is_net then 1 end), sum(bookings.booking_amount),
        sum(case when bookings.is_net then bookings.booking_amount else 0 end),
        cast(null as decimal(38, 2))
    from {{ ref('int_bookings') }} as bookings
    left join leads
        on bookings.tenant_id = leads.tenant_id
        and bookings.lead_id = leads.lead_id
    where bookings.is_gross
    group by bookings.tenant_id, coalesce(leads.campaign_key, '(unattributed)')

    union all

    select spend.tenant_id, spend.campaign_id as campaign_key,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        sum(spend.amount)
    from {{ ref('stg_campaign_spend') }} as spend
    inner join {{ ref('stg_tenants') }} as tenants
        on spend.tenant_id = tenants.tenant_id
        and spend.spend_date <= tenants.as_of_date
    group by spend.tenant_id, spend.campaign_id

)

select
    tenant_id,
    campaign_key,
    {%- for count in [
        'total_leads', 'qualified_leads', 'converted_customers', 'lost_leads', 'site_visits',
        'converted_customers_legacy', 'lost_leads_legacy', 'bookings', 'net_bookings',
    ] %}
    cast(sum({{ count }}) as bigint) as {{ count }},
    {%- endfor %}
    {{ money_sum('sum(booked_value)') }} as booked_value,
    {{ money_sum('sum(net_booked_value)') }} as net_booked_value,
    {{ money_sum('sum(spend)') }} as spend
from totals
group by tenant_id, campaign_key
