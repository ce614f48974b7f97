-- Each customer's account on the as-of day, by type of entry and by age: the outstanding balance is
-- also the sum of the seven buckets.
with totals as (select * from {{ ref('int_customer_totals') }}),

ageing as (

    select
        tenant_id,
        customer_id,
        {%- for bucket in ageing_buckets() %}
        sum(case when ageing_bucket = '{{ bucket }}' then open_amount else 0 end) as {{ bucket }},
        {%- endfor %}
        max(days_overdue) as oldest_days_overdue
    from {{ ref('ledger_open_items') }}
    group by tenant_id, customer_id

)

select
    customers.tenant_id,
    customers.customer_id,
    customers.customer_code,
    customers.customer_name,
    {%- for total in [
        'total_invoiced', 'total_debit_notes', 'total_paid', 'total_credit_notes',
        'total_adjustments', 'outstanding_balance',
        'total_invoiced_legacy', 'total_paid_legacy', 'total_credit_notes_legacy',
        'outstanding_balance_legacy',
    ] %}
    {{ money_sum('coalesce(totals.' ~ total ~ ', 0)') }} as {{ total }},
    {%- endfor %}
    coalesce(totals.total_transactions, 0) as total_transactions,
    coalesce(totals.total_transactions_legacy, 0) as total_transactions_legacy,
    {%- for bucket in ageing_buckets() %}
    {{ money_sum('coalesce(ageing.' ~ bucket ~ ', 0)') }} as {{ bucket }},
    {%- endfor %}
    ageing.oldest_days_overdue,
    totals.last_transaction_date,
    last_payments.ledger_date as last_payment_date,
    {{ money('last_payments.credit_amount - last_payments.debit_amount') }} as last_payment_amount,
    customers.current_balance
from {{ ref('customers') }} as customers
left join totals
    on customers.tenant_id = totals.tenant_id and customers.customer_id = totals.customer_id
left join ageing
    on customers.tenant_id = ageing.tenant_id and customers.customer_id = ageing.customer_id
left join {{ ref('ledger_entries') }} as last_payments
    on totals.tenant_id = last_payments.tenant_id
    and totals.customer_id = last_payments.customer_id
    and totals.last_payment = last_payments.entry_order
