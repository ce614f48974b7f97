-- Reversed ledger entries that nothing names, each with the entries that may undo it: the amounts
-- swapped, and either reversed as well or active on the side on which its type never stands (an
-- invoice that is a credit). A mirror is one that nothing contradicts: it is not dated before the
-- entry that it undoes, and what it refers to, if anything, is the same document.
with tenants as (select tenant_id, as_of_date from {{ ref('stg_tenants') }}),

named as (

    select * from {{ ref('int_reversals_by_reference') }}

),

paired as (

    select tenant_id, entry_id from named
    union
    select tenant_id, contra_entry_id as entry_id from named

),

candidates as (

    select
        entries.*,
        row_number() over (
            partition by
                entries.tenant_id, entries.customer_id, entries.status,
                entries.debit_amount, entries.credit_amount
            order by entries.ledger_date asc, entries.created_at asc nulls last, entries.entry_id asc
        ) as turn
    from {{ ref('stg_ledger_entries') }} as entries
    inner join tenants
        on entries.tenant_id = tenants.tenant_id
        and entries.ledger_date <= tenants.as_of_date
    left join paired
        on entries.tenant_id = paired.tenant_id
        and entries.entry_id = paired.entry_id
    where
        paired.entry_id is null
        and entries.debit_amount <> entries.credit_amount
        and (
            entries.status = 'reversed'
            or (
                entries.status = 'active'
                and (
                    (entries.transaction_type in ('invoice', 'debit_note') and entries.credit_amount > 0)
                    or (entries.transaction_type in ('payment', 'credit_note') and entries.debit_amount > 0)
                )
            )
        )

)

select
    undone.tenant_id,
    undone.entry_id,
    contra.entry_id as contra_entry_id,
    contra.status as contra_status,
    undone.turn = contra.turn as is_same_turn,
    coalesce(
        undone.ledger_date <= contra.ledger_date
        and (
            contra.reference_document_id is null
            or (
                contra.reference_document_id = undone.reference_document_id
                and coalesce(contra.reference_document_type, '')
                = coalesce(undone.reference_document_type, '')
            )
        ),
        false
    ) as fits
from candidates as undone
inner join candidates as contra
    on undone.tenant_id = contra.tenant_id
    and undone.customer_id = contra.customer_id
    and undone.debit_amount = contra.credit_amount
    and undone.credit_amount = contra.debit_amount
    and (contra.status = 'reversed' or undone.transaction_type = contra.transaction_type)
where undone.status = 'reversed'
