-- Leads, value and cost per campaign. An id that no campaign has is "Unmapped", and leads without an
-- id are "(unattributed)", so that the sum over the rows is the tenant's.
with tenants as (

    select * from {{ ref('stg_tenants') }}

),

campaigns as (

    select * from {{ ref('stg_campaigns') }}

),

totals as (

    select * from {{ ref('int_campaign_totals') }}

),

keys as (

    select tenant_id, campaign_id as campaign_key from campaigns
    union
    select tenant_id, campaign_key from totals
    union
    select tenant_id, '(unattributed)' as campaign_key from tenants

),

joined as (

    select
        keys.tenant_id,
        keys.campaign_key as campaign_id,
        campaigns.campaign_code,
        coalesce(
            campaigns.campaign_name,
            case when keys.campaign_key = '(unattributed)' then keys.campaign_key end,
            'Unmapped: ' || keys.campaign_key
        ) as campaign_name,
        campaigns.campaign_type,
        campaigns.status,
        campaigns.start_date,
        campaigns.end_date,
        {{ money('campaigns.budget') }} as budget,
        campaigns.expected_roi,
        totals.spend,
        {%- for count in [
            'total_leads', 'qualified_leads', 'converted_customers', 'lost_leads', 'site_visits',
            'converted_customers_legacy', 'lost_leads_legacy', 'bookings', 'net_bookings',
        ] %}
        coalesce(totals.{{ count }}, 0) as {{ count }},
        {%- endfor %}
        {{ money_sum('coalesce(totals.booked_value, 0)') }} as booked_value,
        {{ money_sum('coalesce(totals.net_booked_value, 0)') }} as net_booked_value
    from keys
    inner join tenants on keys.tenant_id = tenants.tenant_id
    left join campaigns
        on keys.tenant_id = campaigns.tenant_id
        and keys.campaign_key = campaigns.campaign_id
    left join totals
        on keys.tenant_id = totals.tenant_id
        and keys.campaign_key = totals.campaign_key

)

select
    *,
    {{ rate('converted_customers', 'total_leads') }} as conversion_rate,
    {{ legacy_pct('converted_customers_legacy', 'total_leads') }} as conversion_rate_legacy,
    {{ money_each('spend', 'total_leads') }} as cost_per_lead,
    {{ money_each('spend', 'qualified_leads') }} as cost_per_qualified_lead,
    {{ money_each('spend', 'site_visits') }} as cost_per_site_visit,
    {{ money_each('spend', 'net_bookings') }} as cost_per_booking,
    {{ rate('net_booked_value', 'spend') }} as roas,
    100 * {{ rate('net_booked_value - spend', 'spend') }} as roi_pct,
    100 * {{ rate('net_booked_value - budget', 'budget') }} as roi_on_budget_pct
from joined
