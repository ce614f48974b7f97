{{ config(materialized='view') }}

-- A view: the rows are in intermediate already.
select
    tenant_id,
    entry_id,
    customer_id,
    ledger_code,
    ledger_date,
    transaction_type,
    reference_document_type,
    reference_document_id,
    {{ money('debit_amount') }} as debit_amount,
    {{ money('credit_amount') }} as credit_amount,
    running_balance,
    {{ money('balance_after') }} as balance_after,
    due_date,
    description,
    remarks,
    status,
    created_at,
    entered_date,
    is_effective,
    exclusion_reason,
    is_back_dated,
    cast(entry_order as bigint) as entry_order,
    nullif(concat_ws(',',
        quality_flags,
        case when not is_known_customer then 'unknown_customer' end,
        case when is_effective and balance_after <> running_balance then 'balance_differs' end
    ), '') as quality_flags
from {{ ref('int_ledger_entries') }}
