-- How likely each open lead is to book within 90 days, with the figures that say so. A lead is hot if
-- that is at least twice as likely as of a lead that has just come, and cold if less than half.
with scores as (select * from {{ ref('int_lead_scores') }} where is_now),

-- A lead without a recorded stage stands where a lead stands that has just been generated.
stages as (

    select
        tenant_id,
        case when milestone_type = 'lead_generated' then -1 else stage_rank end as stage_rank,
        min(stage_name) as stage_name
    from {{ ref('stg_tenant_stages') }}
    group by tenant_id, case when milestone_type = 'lead_generated' then -1 else stage_rank end

)

select
    scores.tenant_id,
    scores.lead_id,
    leads.lead_code,
    leads.lead_name,
    leads.owner_name,
    leads.source_name,
    stages.stage_name,
    scores.entered_date as stage_date,
    scores.waited_days,
    scores.booking_probability,
    cast(floor(100 * scores.booking_probability + 0.5) as integer) as score,
    {{ score_band('scores.booking_probability', 'scores.arrived_share') }} as band,
    case
        when scores.booking_probability is null then 'too little history'
        when scores.leads < {{ score_enough() }} then 'coarse history'
        else 'history'
    end as basis,
    scores.from_day as compared_from_day,
    scores.leads as compared_leads,
    scores.booked as compared_booked,
    scores.share_booked as compared_share,
    scores.source_leads,
    scores.source_booked,
    scores.came_share as stage_share,
    scores.source_odds_ratio,
    scores.arrived_leads as all_leads,
    scores.arrived_booked as all_booked,
    scores.arrived_share as all_share
from scores
inner join {{ ref('leads') }} as leads
    on scores.tenant_id = leads.tenant_id
    and scores.lead_id = leads.lead_id
    -- No open lead is lost and most other leads are, so the names of lost leads need not be read.
    and not leads.is_lost
left join stages
    on scores.tenant_id = stages.tenant_id and scores.stage_rank = stages.stage_rank
