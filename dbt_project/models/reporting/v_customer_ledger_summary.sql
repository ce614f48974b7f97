-- Each customer's account on the as-of day. Totals go by the type of entry, never by its sign:
-- invoices + debit notes - payments - credit notes + adjustments = outstanding = the seven buckets.
with entries as (

    select
        *,
        case when is_effective then debit_amount - credit_amount else 0 end as movement
    from {{ ref('ledger_entries') }}

),

totals as (

    select
        tenant_id,
        customer_id,
        sum(case when transaction_type = 'invoice' then movement else 0 end) as total_invoiced,
        sum(case when transaction_type = 'debit_note' then movement else 0 end) as total_debit_notes,
        sum(case when transaction_type = 'payment' then -movement else 0 end) as total_paid,
        sum(case when transaction_type = 'credit_note' then -movement else 0 end) as total_credit_notes,
        sum(case when transaction_type = 'adjustment' then movement else 0 end) as total_adjustments,
        sum(movement) as outstanding_balance,
        count(case when is_effective then 1 end) as total_transactions,
        -- As the old view had them: of active entries alone, by one side, without their reversals.
        sum(case when status = 'active' and transaction_type = 'invoice' then debit_amount else 0 end)
            as total_invoiced_legacy,
        sum(case when status = 'active' and transaction_type = 'payment' then credit_amount else 0 end)
            as total_paid_legacy,
        sum(case when status = 'active' and transaction_type = 'credit_note' then credit_amount else 0 end)
            as total_credit_notes_legacy,
        count(case when status = 'active' and transaction_type = 'invoice' then 1 end)
            as total_transactions_legacy,
        max(case when is_effective then ledger_date end) as last_transaction_date,
        max(case when is_effective and transaction_type = 'payment' then entry_order end) as last_payment
    from entries
    group by tenant_id, customer_id

),

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
    ] %}
    {{ money('coalesce(totals.' ~ total ~ ', 0)') }} as {{ total }},
    {%- endfor %}
    -- Without debit notes and adjustments.
    {{ money('coalesce(total_invoiced_legacy - total_paid_legacy - total_credit_notes_legacy, 0)') }}
        as outstanding_balance_legacy,
    coalesce(totals.total_transactions, 0) as total_transactions,
    coalesce(totals.total_transactions_legacy, 0) as total_transactions_legacy,
    {%- for bucket in ageing_buckets() %}
    {{ money('coalesce(ageing.' ~ bucket ~ ', 0)') }} as {{ bucket }},
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
left join entries as last_payments
    on totals.tenant_id = last_payments.tenant_id
    and totals.customer_id = last_payments.customer_id
    and totals.last_payment = last_payments.entry_order
