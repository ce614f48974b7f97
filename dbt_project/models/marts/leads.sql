with leads as (

    select * from {{ ref('int_leads') }}

),

sources as (

    select * from {{ ref('int_lead_sources') }} where takes_leads

),

engagement as (

    select tenant_id, lead_id,
        sum(engagement_count) as engagement_count,
        min(first_completed_at) as first_response_at,
        max(last_completed_at) as last_completed_at
    from {{ ref('int_lead_engagement_types') }}
    group by tenant_id, lead_id

),

stage_names as (

    select tenant_id, stage_rank, min(stage_name) as stage_name
    from {{ ref('stg_tenant_stages') }}
    group by tenant_id, stage_rank

)

select
    leads.tenant_id,
    leads.lead_id,
    leads.lead_code,
    coalesce(
        nullif(trim(coalesce(leads.first_name, '') || ' ' || coalesce(leads.last_name, '')), ''),
        leads.company_name, leads.lead_code, leads.lead_id
    ) as lead_name,
    leads.first_name,
    leads.last_name,
    leads.email,
    leads.phone,
    leads.company_name,
    leads.industry,
    leads.status,
    sources.source_code,
    sources.source_type,
    sources.source_name,
    sources.subsource_name,
    sources.channel,
    leads.campaign_id,
    campaigns.campaign_code,
    campaigns.campaign_name,
    leads.assigned_to,
    coalesce(users.name, leads.assigned_to) as owner_name,
    leads.account_id as customer_id,
    leads.lead_date,
    {{ month_of('leads.lead_date') }} as lead_month,
    leads.created_at,
    cast(leads.stage_rank as integer) as stage_rank,
    stage_names.stage_name,
    cast(leads.reached_rank as integer) as reached_rank,
    leads.qualified_date is not null as is_qualified,
    leads.qualified_date,
    leads.converted_date is not null as is_converted,
    leads.converted_date,
    {{ days_between('leads.lead_date', 'leads.converted_date') }} as days_to_booking,
    leads.is_converted_net,
    leads.is_lost,
    case when leads.is_lost then leads.lost_date end as lost_date,
    {{ money('leads.booked_value') }} as booked_value,
    {{ money('leads.net_booked_value') }} as net_booked_value,
    cast(leads.net_bookings as bigint) as net_bookings,
    cast(leads.site_visit_count as bigint) as site_visit_count,
    cast(coalesce(engagement.engagement_count, 0) as bigint) as engagement_count,
    engagement.first_response_at,
    case when engagement.first_response_at >= leads.created_at
        then {{ hours_between('leads.created_at', 'engagement.first_response_at') }} end as first_response_hours,
    leads.next_action_date,
    cast(leads.attempt_count as integer) as attempt_count,
    greatest(leads.lead_date, leads.last_milestone_date,
        {{ local_date('engagement.last_completed_at', 'tenants.timezone') }}) as last_activity_date,
    nullif(concat_ws(',',
        leads.quality_flags,
        case when sources.source_type = '(unmapped)' then 'unknown_source' end,
        case when leads.campaign_id is not null and campaigns.campaign_id is null then 'unknown_campaign' end,
        case when leads.customer_id is not null and customers.customer_id is null then 'unknown_customer' end
    ), '') as quality_flags
from leads
inner join {{ ref('stg_tenants') }} as tenants on leads.tenant_id = tenants.tenant_id
left join sources
    on leads.tenant_id = sources.tenant_id
    and coalesce(leads.source_code, '(none)') = sources.source_code
left join {{ ref('stg_campaigns') }} as campaigns
    on leads.tenant_id = campaigns.tenant_id and leads.campaign_id = campaigns.campaign_id
left join {{ ref('stg_users') }} as users
    on leads.tenant_id = users.tenant_id and leads.assigned_to = users.user_id
left join {{ ref('stg_customers') }} as customers
    on leads.tenant_id = customers.tenant_id and leads.customer_id = customers.customer_id
left join engagement on leads.tenant_id = engagement.tenant_id and leads.lead_id = engagement.lead_id
left join stage_names on leads.tenant_id = stage_names.tenant_id and leads.stage_rank = stage_names.stage_rank
