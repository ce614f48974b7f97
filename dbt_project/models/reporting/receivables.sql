with customers as (

    select * from {{ ref('v_customer_ledger_summary') }}

),

totals as (

    select
        tenants.tenant_id,
        {{ money_sum('coalesce(sum(greatest(outstanding_balance, 0)), 0)') }} as receivable,
        {{ money_sum('coalesce(sum(least(outstanding_balance, 0)), 0)') }} as customer_credits,
        {{ money_sum('coalesce(sum(outstanding_balance), 0)') }} as closing,
        {%- for bucket in ageing_buckets() %}
        {{ money_sum('coalesce(sum(' ~ bucket ~ '), 0)') }} as {{ bucket }},
        {%- endfor %}
        {{ money_sum('coalesce(sum(' ~ ageing_buckets()[1:6] | join(' + ') ~ '), 0)') }} as overdue_total,
        count(case when outstanding_balance > 0 then 1 end) as customers_with_dues,
        {{ money_sum('coalesce(sum(total_invoiced), 0)') }} as invoiced,
        {{ money_sum('coalesce(sum(total_paid), 0)') }} as paid,
        100 * {{ rate('sum(total_paid)', 'sum(total_invoiced)') }} as collection_pct,
        count(case when total_invoiced <> 0 then 1 end) as customers_invoiced,
        {{ money_each('sum(total_invoiced)', 'count(case when total_invoiced <> 0 then 1 end)') }}
            as invoiced_per_customer
    from {{ ref('stg_tenants') }} as tenants
    left join customers on tenants.tenant_id = customers.tenant_id
    group by tenants.tenant_id

)

select
    totals.*,
    {%- for figure in ['overdue_at_month_start', 'falling_due_mtd', 'receipts_mtd'] %}
    {{ money_sum('coalesce(collections.' ~ figure ~ ', 0)') }} as {{ figure }},
    {%- endfor %}
    100 * {{ rate(
        'collections.receipts_mtd', '(collections.overdue_at_month_start + collections.falling_due_mtd)'
    ) }} as collection_efficiency_pct
from totals
left join {{ ref('int_collections') }} as collections on totals.tenant_id = collections.tenant_id
