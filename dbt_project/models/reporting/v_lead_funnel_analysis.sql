{%- set stages = milestone_stages() %}
-- The funnel of each cohort of leads (by lead month), and where those leads are now. Every month
-- with leads, and each of the last twelve even if it had none.
with leads as (

    select leads.*,
        facts.booked_after_reentry,
        {%- for stage in stages %}
        facts.touched_{{ stage }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('leads') }} as leads
    left join {{ ref('int_lead_milestones') }} as facts
        on leads.tenant_id = facts.tenant_id
        and leads.lead_id = facts.lead_id

),

legacy as (select * from {{ ref('int_funnel_legacy') }}),

maturity as (

    select tenant_id,
        case when count(days_to_booking) < 30 then 90 else {{ percentile('days_to_booking', 0.9) }} end
            as days_to_mature
    from leads
    group by tenant_id

),

months as (

    select tenant_id, lead_month as month from leads
    union
    select tenant_id, month from legacy
    union
    select tenant_id, {{ add_months('month_start', '-months_back') }} as month from {{ ref('stg_tenants') }}
    cross join (select distinct days_back as months_back from {{ ref('int_tenant_days') }}
        where days_back < 12) as last_year

),

cohorts as (

    select
        months.tenant_id,
        months.month,
        {%- for status in lead_statuses() %}
        count(case when leads.status = '{{ status }}' then 1 end) as leads_{{ status }},
        {%- endfor %}
        count(leads.lead_id) as total_leads,
        {%- for stage in stages %}
        case when max(ranks.rank_{{ stage }}) is not null or count(leads.lead_id) = 0
            then count(case when leads.reached_rank >= ranks.rank_{{ stage }} then 1 end) end
            as reached_{{ stage }},
        {%- endfor %}
        {%- for stage in stages[1:] %}
        {{ rate(
            'count(case when leads.reached_rank >= ranks.rank_' ~ stage ~ ' then 1 end)',
            'count(case when leads.reached_rank >= ranks.before_' ~ stage ~ ' then 1 end)'
        ) }} as step_rate_{{ stage }},
        {%- endfor %}
        {%- for stage in stages %}
        cast(coalesce(sum(leads.touched_{{ stage }}), 0) as bigint) as touched_{{ stage }},
        {%- endfor %}
        count(case when leads.is_qualified then 1 end) as qualified_leads,
        count(case when leads.is_converted then 1 end) as converted_leads,
        count(case when leads.is_converted_net then 1 end) as converted_leads_net,
        count(case when leads.attempt_count > 1 then 1 end) as reengaged_leads,
        cast(coalesce(sum(leads.booked_after_reentry), 0) as bigint) as reengaged_booked_leads
    from months
    left join leads on months.tenant_id = leads.tenant_id and months.month = leads.lead_month
    left join {{ ref('int_stage_ranks') }} as ranks on months.tenant_id = ranks.tenant_id
    group by months.tenant_id, months.month

)

select
    cohorts.*,
    {{ rate('cohorts.converted_leads', 'cohorts.total_leads') }} as conversion_rate,
    {%- for status in lead_statuses() %}
    coalesce(legacy.leads_{{ status }}_legacy, 0) as leads_{{ status }}_legacy,
    {%- endfor %}
    coalesce(legacy.total_leads_legacy, 0) as total_leads_legacy,
    {{ legacy_pct('legacy.leads_converted_legacy', 'legacy.total_leads_legacy') }} as conversion_rate_legacy,
    cast(coalesce(maturity.days_to_mature, 90) as double precision) as days_to_mature,
    {{ days_between(add_days(add_months('cohorts.month', 1), -1), 'tenants.as_of_date') }}
        >= coalesce(maturity.days_to_mature, 90) as mature
from cohorts
inner join {{ ref('stg_tenants') }} as tenants on cohorts.tenant_id = tenants.tenant_id
left join maturity on cohorts.tenant_id = maturity.tenant_id
left join legacy on cohorts.tenant_id = legacy.tenant_id and cohorts.month = legacy.month
