{{ config(materialized='incremental', pre_hook="{{ forget_touched('touched_or_engaged') }}") }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_or_engaged') }}
-- Each lead's engagement, all types together, and how soon the lead was answered. A lead that
-- was answered before its record was made was answered at once.
with engagement as (

    select
        tenant_id,
        lead_id,
        sum(engagement_count) as engagement_count,
        min(first_completed_at) as first_response_at,
        max(last_completed_at) as last_completed_at
    from {{ ref('int_lead_engagement_types') }}
    where {{ is_touched('int_lead_engagement_types', 'touched_or_engaged') }}
    group by tenant_id, lead_id

)

select
    leads.tenant_id,
    leads.lead_id,
    cast(engagement.engagement_count as bigint) as engagement_count,
    engagement.first_response_at,
    greatest({{ hours_between('leads.created_at', 'engagement.first_response_at') }}, 0)
        as first_response_hours,
    engagement.last_completed_at
from {{ ref('int_leads') }} as leads
inner join engagement on leads.tenant_id = engagement.tenant_id and leads.lead_id = engagement.lead_id
where {{ is_touched('leads', 'touched_or_engaged') }}
