-- Each customer's ledger entries by type, on the as-of day. Totals go by the type of entry, never by
-- its sign: invoices + debit notes - payments - credit notes + adjustments = outstanding.
with totals as (

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
        -- As the old view counted: active entries alone, one side of them, their reversals left out.
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
    from {{ ref('int_ledger_entries') }}
    group by tenant_id, customer_id

)

select
    *,
    -- Without debit notes and adjustments.
    total_invoiced_legacy - total_paid_legacy - total_credit_notes_legacy as outstanding_balance_legacy
from totals
