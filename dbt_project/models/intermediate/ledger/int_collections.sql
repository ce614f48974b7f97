-- The amounts to be collected in the month to date, and the receipts. Overdue when the month began:
-- debits due before it, less the credits before it. Falling due: debits that became due in the month,
-- less advance payments. Customer by customer, as one's advance pays nobody else's dues.
with entries as (

    select entries.*, tenants.month_start, tenants.as_of_date
    from {{ ref('int_ledger_entries') }} as entries
    inner join {{ ref('stg_tenants') }} as tenants on entries.tenant_id = tenants.tenant_id
    where entries.is_effective

),

customers as (

    select
        tenant_id,
        customer_id,
        sum(case when movement > 0 and ledger_date < month_start and due_date < month_start
            then movement else 0 end)
        - sum(case when movement < 0 and ledger_date < month_start then -movement else 0 end)
            as due_less_credits,
        sum(case when movement > 0 and due_date <= as_of_date
            and (ledger_date >= month_start or due_date >= month_start) then movement else 0 end)
            as fell_due,
        sum(case when transaction_type = 'payment' and ledger_date >= month_start
            then -movement else 0 end) as receipts
    from entries
    group by tenant_id, customer_id

)

select
    tenant_id,
    {{ money_sum('sum(greatest(due_less_credits, 0))') }} as overdue_at_month_start,
    {{ money_sum('sum(greatest(fell_due + least(due_less_credits, 0), 0))') }} as falling_due_mtd,
    {{ money_sum('sum(receipts)') }} as receipts_mtd
from customers
group by tenant_id
