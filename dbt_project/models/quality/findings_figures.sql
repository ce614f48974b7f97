-- One row a broken proof of the figures: a sum over parts that is not the tenant's, a history that
-- does not end in what the records say, a funnel that widens.
with kpis as (

    select * from {{ ref('v_kpi_dashboard') }}

),

counted as (

    select tenant_id, count(*) as leads,
        count(case when is_converted then 1 end) as converted,
        count(case when is_converted_net then 1 end) as converted_net,
        count(case when is_qualified then 1 end) as qualified
    from {{ ref('leads') }}
    group by tenant_id

),

-- Ranks and not stage names: a tenant may have put its stages in another order.
reached as (

    select tenant_id, month, stage_rank, max(reached) as reached
    from (
        {% for stage in milestone_stages() -%}
        select funnel.tenant_id, funnel.month, stages.stage_rank, funnel.reached_{{ stage }} as reached
        from {{ ref('v_lead_funnel_analysis') }} as funnel
        inner join {{ ref('stg_tenant_stages') }} as stages
            on funnel.tenant_id = stages.tenant_id
            and stages.milestone_type = '{{ stage }}'
        {{ 'union all' if not loop.last }}
        {% endfor %}
    ) as steps
    group by tenant_id, month, stage_rank

),

steps as (

    select *, lag(reached) over (partition by tenant_id, month order by stage_rank) as reached_before
    from reached

)
{% set sums = {
    'v_campaign_performance': ('campaigns_are_tenant', ['total_leads', 'converted_customers', 'net_bookings', 'booked_value', 'net_booked_value'],
        ['total_leads', 'converted_leads', 'net_bookings', 'booked_amount', 'net_booked_amount']),
    'v_lead_source_performance': ('sources_are_tenant', ['total_leads', 'converted_leads', 'booked_value', 'net_booked_value'],
        ['total_leads', 'converted_leads', 'booked_amount', 'net_booked_amount']),
    'v_owner_performance': ('owners_are_tenant', ['total_leads', 'converted_leads', 'bookings', 'booked_value', 'net_booked_value', 'engagement_completed_mtd'],
        ['total_leads', 'converted_leads', 'total_bookings', 'booked_amount', 'net_booked_amount', 'engagement_this_month']),
    'booking_months': ('booking_months_are_tenant', ['gross_count', 'gross_amount', 'net_amount'],
        ['total_bookings', 'booked_amount', 'net_booked_amount']),
    'v_lead_funnel_analysis': ('funnel_is_tenant', ['total_leads', 'converted_leads', 'qualified_leads'],
        ['total_leads', 'converted_leads', 'qualified_leads']),
    'v_customer_ledger_summary': ('ledger_customers_are_tenant', ['outstanding_balance'], ['outstanding_balance']),
} %}
{% for view, (check, parts, wholes) in sums.items() -%}
{% for part in parts -%}
select kpis.tenant_id, '{{ check }}' as check_name, '{{ wholes[loop.index0] }}' as record_key
from kpis
left join {{ ref(view) }} as parts on kpis.tenant_id = parts.tenant_id
group by kpis.tenant_id, kpis.{{ wholes[loop.index0] }}
having coalesce(sum(parts.{{ part }}), 0) <> kpis.{{ wholes[loop.index0] }}
union all
{% endfor -%}
{% endfor -%}
select kpis.tenant_id, 'kpi_history_is_state' as check_name, 'leads' as record_key
from kpis
left join counted on kpis.tenant_id = counted.tenant_id
where
    kpis.total_leads <> coalesce(counted.leads, 0)
    or kpis.converted_leads <> coalesce(counted.converted, 0)
    or kpis.converted_leads_net <> coalesce(counted.converted_net, 0)
    or kpis.qualified_leads <> coalesce(counted.qualified, 0)
    or kpis.pending_follow_ups
    <> kpis.follow_ups_overdue + kpis.follow_ups_due_today + kpis.follow_ups_undated
union all
select kpis.tenant_id, 'kpi_history_is_state' as check_name, 'active_customers' as record_key
from kpis
left join {{ ref('customers') }} as customers on kpis.tenant_id = customers.tenant_id and customers.is_active
group by kpis.tenant_id, kpis.active_customers
having count(customers.customer_id) <> kpis.active_customers
union all
select tenant_id, 'funnel_is_monotone' as check_name, cast(month as varchar) as record_key
from steps
where reached > reached_before
