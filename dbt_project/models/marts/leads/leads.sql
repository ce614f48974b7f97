{{ config(materialized='incremental', on_schema_change='fail',
    pre_hook="{{ forget_touched('touched_or_engaged') }}") }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_or_engaged') }}
with facts as (
    select * from {{ ref('int_leads') }} where {{ is_touched('int_leads', 'touched_or_engaged') }}
),

leads as (select * from {{ ref('stg_leads') }} where {{ is_touched('stg_leads', 'touched_or_engaged') }}),

sources as (select * from {{ ref('int_lead_sources') }} where takes_leads),

engagement as (

    select * from {{ ref('int_lead_engagement') }}
    where {{ is_touched('int_lead_engagement', 'touched_or_engaged') }}

),

stage_names as (

    select tenant_id, stage_rank, min(stage_name) as stage_name
    from {{ ref('stg_tenant_stages') }}
    group by tenant_id, stage_rank

)

select
    facts.tenant_id,
    facts.lead_id,
    leads.lead_code,
    coalesce(nullif(trim(coalesce(leads.first_name, '') || ' ' || coalesce(leads.last_name, '')), ''),
        leads.company_name, leads.lead_code, facts.lead_id) as lead_name,
    leads.first_name,
    leads.last_name,
    leads.email,
    leads.phone,
    leads.company_name,
    leads.industry,
    facts.status,
    sources.source_code,
    sources.source_type,
    sources.source_name,
    sources.subsource_name,
    sources.channel,
    facts.campaign_id,
    campaigns.campaign_code,
    campaigns.campaign_name,
    leads.assigned_to,
    coalesce(users.name, leads.assigned_to) as owner_name,
    facts.customer_id,
    facts.lead_date,
    {{ month_of('facts.lead_date') }} as lead_month,
    leads.created_at,
    cast(facts.stage_rank as integer) as stage_rank,
    stage_names.stage_name,
    cast(facts.reached_rank as integer) as reached_rank,
    facts.qualified_date is not null as is_qualified,
    facts.qualified_date,
    facts.converted_date is not null as is_converted,
    facts.converted_date,
    {{ days_between('facts.lead_date', 'facts.converted_date') }} as days_to_booking,
    facts.is_converted_net,
    facts.is_lost,
    facts.lost_date,
    facts.booked_value,
    facts.net_booked_value,
    cast(facts.net_bookings as bigint) as net_bookings,
    cast(facts.site_visit_count as bigint) as site_visit_count,
    coalesce(engagement.engagement_count, 0) as engagement_count,
    engagement.first_response_at,
    engagement.first_response_hours,
    facts.next_action_date,
    cast(facts.attempt_count as integer) as attempt_count,
    greatest(facts.lead_date, facts.last_milestone_date,
        {{ local_date('engagement.last_completed_at', 'tenants.timezone') }}) as last_activity_date,
    nullif(concat_ws(',',
        leads.quality_flags,
        case when sources.source_type = '(unmapped)' then 'unknown_source' end,
        case when facts.campaign_id is not null and campaigns.campaign_id is null then 'unknown_campaign' end,
        case when leads.customer_id is not null and customers.customer_id is null then 'unknown_customer' end
    ), '') as quality_flags
from facts
inner join leads on facts.tenant_id = leads.tenant_id and facts.lead_id = leads.lead_id
inner join {{ ref('stg_tenants') }} as tenants on facts.tenant_id = tenants.tenant_id
left join sources
    on facts.tenant_id = sources.tenant_id and coalesce(facts.source_code, '(none)') = sources.source_code
left join {{ ref('stg_campaigns') }} as campaigns
    on facts.tenant_id = campaigns.tenant_id and facts.campaign_id = campaigns.campaign_id
left join {{ ref('stg_users') }} as users
    on facts.tenant_id = users.tenant_id and leads.assigned_to = users.user_id
left join {{ ref('stg_customers') }} as customers
    on facts.tenant_id = customers.tenant_id and leads.customer_id = customers.customer_id
left join engagement on facts.tenant_id = engagement.tenant_id and facts.lead_id = engagement.lead_id
left join stage_names on facts.tenant_id = stage_names.tenant_id and facts.stage_rank = stage_names.stage_rank
