-- Reversed ledger entries and the entry that undoes each, where one names the other: same customer,
-- amounts swapped. A live invoice or receipt is never a contra: a cheque that bounced names the
-- invoice it was to pay, and a receipt the invoice that was reversed after it.
with entries as (

    select
        recorded.*,
        (recorded.transaction_type = 'invoice' and recorded.debit_amount > 0)
        or (recorded.transaction_type = 'payment' and recorded.credit_amount > 0) as is_charge_or_receipt
    from {{ ref('stg_ledger_entries') }} as recorded
    inner join {{ ref('stg_tenants') }} as tenants
        on recorded.tenant_id = tenants.tenant_id
        and recorded.ledger_date <= tenants.as_of_date
    where recorded.status <> 'cancelled' and recorded.debit_amount <> recorded.credit_amount

),

named as (

    select
        undone.tenant_id,
        undone.entry_id,
        contra.entry_id as contra_entry_id,
        row_number() over (
            partition by undone.tenant_id, undone.entry_id
            order by contra.ledger_date asc, contra.created_at asc nulls last, contra.entry_id asc
        ) as choice_of_contra,
        row_number() over (
            partition by undone.tenant_id, contra.entry_id
            order by undone.ledger_date asc, undone.created_at asc nulls last, undone.entry_id asc
        ) as choice_of_undone
    from entries as undone
    inner join entries as contra
        on undone.tenant_id = contra.tenant_id
        and undone.customer_id = contra.customer_id
        and undone.debit_amount = contra.credit_amount
        and undone.credit_amount = contra.debit_amount
    where
        undone.status = 'reversed'
        and (
            (
                contra.reference_document_id in (undone.entry_id, undone.ledger_code)
                and (contra.status = 'reversed' or not contra.is_charge_or_receipt)
            )
            or (
                undone.reference_document_id in (contra.entry_id, contra.ledger_code)
                and contra.status = 'reversed'
            )
        )

)

select tenant_id, entry_id, contra_entry_id
from named
where choice_of_contra = 1 and choice_of_undone = 1
