-- Leads, value and cost per campaign. Value goes to the campaign of the booking's lead. An id that
-- no campaign has is "Unmapped"; what has none at all is "(unattributed)": the sum is the tenant's.
with leads as (

    select *, coalesce(campaign_id, '(unattributed)') as campaign_key
    from {{ ref('leads') }}

),

lead_totals as (

    select
        tenant_id,
        campaign_key,
        count(*) as total_leads,
        count(case when is_qualified then 1 end) as qualified_leads,
        count(case when is_converted then 1 end) as converted_customers,
        count(case when is_lost then 1 end) as lost_leads,
        cast(sum(site_visit_count) as bigint) as site_visits
    from leads
    group by tenant_id, campaign_key

),

booking_totals as (

    select
        bookings.tenant_id,
        coalesce(leads.campaign_key, '(unattributed)') as campaign_key,
        count(*) as bookings,
        count(case when bookings.is_live then 1 end) as net_bookings,
        sum(bookings.booking_amount) as booked_value,
        sum(case when bookings.is_live then bookings.booking_amount else 0 end) as net_booked_value
    from {{ ref('bookings') }} as bookings
    left join leads
        on bookings.tenant_id = leads.tenant_id
        and bookings.lead_id = leads.lead_id
    where bookings.is_gross
    group by bookings.tenant_id, coalesce(leads.campaign_key, '(unattributed)')

),

spend as (

    select spend.tenant_id, spend.campaign_id as campaign_key, sum(spend.amount) as spend
    from {{ ref('stg_campaign_spend') }} as spend
    inner join {{ ref('stg_tenants') }} as tenants
        on spend.tenant_id = tenants.tenant_id
        and spend.spend_date <= tenants.as_of_date
    group by spend.tenant_id, spend.campaign_id

),

campaign_keys as (

    select tenant_id, campaign_id as campaign_key from {{ ref('stg_campaigns') }}
    union
    select tenant_id, campaign_key from lead_totals
    union
    select tenant_id, campaign_key from spend
    union
    select tenant_id, '(unattributed)' as campaign_key from {{ ref('stg_tenants') }}

),

joined as (

    select
        keys.tenant_id,
        keys.campaign_key as campaign_id,
        campaigns.campaign_code,
        coalesce(
            campaigns.campaign_name,
            case when keys.campaign_key = '(unattributed)' then '(unattributed)'
                else 'Unmapped: ' || keys.campaign_key end
        ) as campaign_name,
        campaigns.campaign_type, campaigns.status, campaigns.start_date, campaigns.end_date,
        {{ money('campaigns.budget') }} as budget,
        campaigns.expected_roi,
        {{ money('spend.spend') }} as spend,
        coalesce(leads.total_leads, 0) as total_leads,
        coalesce(leads.qualified_leads, 0) as qualified_leads,
        coalesce(leads.converted_customers, 0) as converted_customers,
        coalesce(leads.lost_leads, 0) as lost_leads,
        coalesce(leads.site_visits, 0) as site_visits,
        coalesce(bookings.bookings, 0) as bookings,
        coalesce(bookings.net_bookings, 0) as net_bookings,
        {{ money('coalesce(bookings.booked_value, 0)') }} as booked_value,
        {{ money('coalesce(bookings.net_booked_value, 0)') }} as net_booked_value
    from campaign_keys as keys
    inner join {{ ref('stg_tenants') }} as tenants on keys.tenant_id = tenants.tenant_id
    left join {{ ref('stg_campaigns') }} as campaigns
        on keys.tenant_id = campaigns.tenant_id and keys.campaign_key = campaigns.campaign_id
    left join lead_totals as leads
        on keys.tenant_id = leads.tenant_id and keys.campaign_key = leads.campaign_key
    left join booking_totals as bookings
        on keys.tenant_id = bookings.tenant_id and keys.campaign_key = bookings.campaign_key
    left join spend on keys.tenant_id = spend.tenant_id and keys.campaign_key = spend.campaign_key

)

select
    *,
    {{ rate('converted_customers', 'total_leads') }} as conversion_rate,
    round(100 * {{ rate('converted_customers', 'total_leads') }}, 2) as conversion_rate_brief,
    {{ money_each('spend', 'total_leads') }} as cost_per_lead,
    {{ money_each('spend', 'qualified_leads') }} as cost_per_qualified_lead,
    {{ money_each('spend', 'site_visits') }} as cost_per_site_visit,
    {{ money_each('spend', 'net_bookings') }} as cost_per_booking,
    {{ rate('net_booked_value', 'spend') }} as roas,
    100 * {{ rate('net_booked_value - spend', 'spend') }} as roi_pct,
    100 * {{ rate('net_booked_value - budget', 'budget') }} as roi_on_budget_pct
from joined
