{{ config(materialized='view') }}

-- A view: the rows are in intermediate already.
select
    entries.tenant_id,
    entries.entry_id,
    entries.customer_id,
    entries.ledger_code,
    entries.ledger_date,
    entries.transaction_type,
    entries.reference_document_type,
    entries.reference_document_id,
    {{ money('entries.debit_amount') }} as debit_amount,
    {{ money('entries.credit_amount') }} as credit_amount,
    entries.running_balance,
    {{ money('entries.balance_after') }} as balance_after,
    entries.due_date,
    entries.description,
    entries.remarks,
    entries.status,
    entries.created_at,
    entries.entered_date,
    entries.is_effective,
    entries.exclusion_reason,
    entries.is_back_dated,
    cast(entries.entry_order as bigint) as entry_order,
    subjects.booking_id,
    subjects.instalment_id,
    entries.purpose,
    {{ money('entries.tax_amount') }} as tax_amount,
    entries.value_date,
    nullif(concat_ws(',',
        entries.quality_flags,
        case when not entries.is_known_customer then 'unknown_customer' end,
        case when entries.is_effective and entries.balance_after <> entries.running_balance
            then 'balance_differs' end
    ), '') as quality_flags
from {{ ref('int_ledger_entries') }} as entries
left join {{ ref('int_entry_subjects') }} as subjects
    on entries.tenant_id = subjects.tenant_id
    and entries.entry_id = subjects.entry_id
