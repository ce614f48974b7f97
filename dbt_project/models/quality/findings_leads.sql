-- One row a finding about leads, milestones, engagement and spend: which check, which record.
with tenants as (select * from {{ ref('stg_tenants') }}),

leads as (select * from {{ ref('leads') }}),

facts as (select * from {{ ref('int_leads') }}),

-- Leads with a wrong milestone. They are picked first: they are few, and milestones are many.
suspects as (

    select milestones.tenant_id, milestones.lead_id, recorded.id is not null as is_known, leads.lead_date
    from {{ ref('int_lead_milestones') }} as milestones
    -- A lead that was deleted is known all the same.
    left join {{ ref('base_leads') }} as recorded
        on milestones.tenant_id = recorded.tenant_id
        and milestones.lead_id = recorded.id
    left join leads
        on milestones.tenant_id = leads.tenant_id
        and milestones.lead_id = leads.lead_id
    where recorded.id is null or milestones.first_milestone_date < leads.lead_date

),

milestones as (

    select milestones.tenant_id, milestones.milestone_id, milestones.milestone_date,
        suspects.is_known, suspects.lead_date
    from {{ ref('int_milestones') }} as milestones
    inner join suspects
        on milestones.tenant_id = suspects.tenant_id
        and milestones.lead_id = suspects.lead_id

)

select tenant_id, 'lead_unknown_source' as check_name, lead_id as record_key
from leads where source_type = '(unmapped)'
union all
select tenant_id, 'lead_unknown_campaign' as check_name, lead_id as record_key
from leads where campaign_id is not null and campaign_code is null
union all
select facts.tenant_id,
    case when facts.converted_date is null then 'lead_unknown_customer'
        else 'lead_converted_unknown_customer' end as check_name,
    facts.lead_id as record_key
from facts
inner join {{ ref('stg_leads') }} as recorded
    on facts.tenant_id = recorded.tenant_id and facts.lead_id = recorded.lead_id
left join {{ ref('stg_customers') }} as customers
    on recorded.tenant_id = customers.tenant_id and recorded.customer_id = customers.customer_id
where recorded.customer_id is not null and customers.customer_id is null
union all
select tenant_id, 'lead_conversion_signals_disagree' as check_name, lead_id as record_key
from {{ ref('lead_conversion_exceptions') }}
union all
select tenant_id, 'lead_converted_before_it_came' as check_name, lead_id as record_key
from leads where converted_date < lead_date
union all
select tenant_id, 'lead_without_milestones' as check_name, lead_id as record_key
from facts where last_milestone_date is null
union all
select tenant_id, 'source_code_repeated' as check_name, source_code as record_key
from {{ ref('int_lead_sources') }} where not takes_leads
union all
select tenant_id, 'milestone_unknown_lead' as check_name, milestone_id as record_key
from milestones where not is_known
union all
select tenant_id, 'milestone_before_lead' as check_name, milestone_id as record_key
from milestones where milestone_date < lead_date
union all
select distinct tenant_id, 'stage_left_before_entered' as check_name, lead_id as record_key
from {{ ref('int_stage_spells') }} where days < 0
union all
select milestones.tenant_id, 'milestone_after_as_of' as check_name, milestones.milestone_id as record_key
from {{ ref('stg_milestones') }} as milestones
inner join tenants
    on milestones.tenant_id = tenants.tenant_id and milestones.milestone_date > tenants.as_of_date
union all
select tenant_id, 'follow_up_without_date' as check_name, milestone_id as record_key
from {{ ref('int_milestones') }} where asks_follow_up and follow_up_date is null
union all
select engagement.tenant_id, 'engagement_unknown_lead' as check_name, engagement.lead_id as record_key
from {{ ref('int_lead_engagement_types') }} as engagement
left join {{ ref('base_leads') }} as recorded
    on engagement.tenant_id = recorded.tenant_id and engagement.lead_id = recorded.id
where recorded.id is null
union all
select tenant_id, 'engagement_before_lead' as check_name, lead_id as record_key
from leads where first_response_at < created_at
union all
select spend.tenant_id, 'spend_unknown_campaign' as check_name, spend.campaign_spend_id as record_key
from {{ ref('stg_campaign_spend') }} as spend
inner join tenants on spend.tenant_id = tenants.tenant_id
left join {{ ref('stg_campaigns') }} as campaigns
    on spend.tenant_id = campaigns.tenant_id and spend.campaign_id = campaigns.campaign_id
where campaigns.campaign_id is null
