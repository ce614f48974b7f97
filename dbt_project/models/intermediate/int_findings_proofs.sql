-- One row a broken proof: figures that must agree with each other and do not.
with tenants as (select * from {{ ref('stg_tenants') }}),

summary as (select * from {{ ref('v_customer_ledger_summary') }}),

entries as (select * from {{ ref('int_ledger_entries') }} where is_effective),

kpis as (select * from {{ ref('v_kpi_dashboard') }}),

months as (

    select tenant_id, customer_id, {{ month_of('ledger_date') }} as month,
        sum(movement) as movement,
        max(entry_order) as last_entry
    from entries
    group by tenant_id, customer_id, {{ month_of('ledger_date') }}

),

chained as (

    select months.tenant_id, months.customer_id, months.month, months.movement,
        last_entries.running_balance as closing,
        coalesce(lag(last_entries.running_balance) over (
            partition by months.tenant_id, months.customer_id order by months.month
        ), 0) as opening
    from months
    inner join entries as last_entries
        on months.tenant_id = last_entries.tenant_id
        and months.customer_id = last_entries.customer_id
        and months.last_entry = last_entries.entry_order

),

last_balances as (

    select entries.tenant_id, entries.customer_id, entries.running_balance
    from entries
    inner join (
        select tenant_id, customer_id, max(entry_order) as entry_order
        from entries
        group by tenant_id, customer_id
    ) as lasts
        on entries.tenant_id = lasts.tenant_id
        and entries.customer_id = lasts.customer_id
        and entries.entry_order = lasts.entry_order

),

counted as (

    select tenant_id, count(*) as leads,
        count(case when is_converted then 1 end) as converted,
        count(case when is_converted_net then 1 end) as converted_net,
        count(case when is_qualified then 1 end) as qualified
    from {{ ref('leads') }}
    group by tenant_id

)
{% set sums = {
    'v_campaign_performance': ('campaigns_are_tenant', ['total_leads', 'converted_customers', 'net_bookings', 'booked_value', 'net_booked_value'],
        ['total_leads', 'converted_leads', 'net_bookings', 'booked_amount', 'net_booked_amount']),
    'v_lead_source_performance': ('sources_are_tenant', ['total_leads', 'converted_leads', 'booked_value', 'net_booked_value'],
        ['total_leads', 'converted_leads', 'booked_amount', 'net_booked_amount']),
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
select tenant_id, 'ledger_ageing_is_closing' as check_name, customer_id as record_key
from summary
where outstanding_balance <> {{ ageing_buckets() | join(' + ') }}
union all
select summary.tenant_id, 'ledger_running_balance_is_closing' as check_name, summary.customer_id as record_key
from summary
left join last_balances
    on summary.tenant_id = last_balances.tenant_id and summary.customer_id = last_balances.customer_id
where summary.outstanding_balance <> coalesce(last_balances.running_balance, 0)
union all
select tenant_id, 'ledger_periods_chain' as check_name, customer_id as record_key
from chained
where opening + movement <> closing
union all
select tenant_id, 'ledger_allocation_within_entries' as check_name, entry_id as record_key
from {{ ref('ledger_open_items') }}
where allocated_amount > abs(original_amount) or allocated_amount < 0
union all
select tenant_id, 'funnel_is_monotone' as check_name, cast(month as varchar) as record_key
from {{ ref('v_lead_funnel_analysis') }}
where {% for stage in milestone_stages()[1:] -%}
    reached_{{ stage }} > reached_{{ milestone_stages()[loop.index0] }}
    or {% endfor %} reached_lead_generated > total_leads
