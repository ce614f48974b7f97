-- Each reversed ledger entry with the entry that undoes it: same customer, amounts swapped. A sure
-- pair names its other half. Failing that, a reversed entry pairs with another reversed one, then
-- with an active one of its type on the side on which that type never stands (an invoice that is a
-- credit); nth with nth. A live invoice or receipt is never a contra: a cheque that bounced names the
-- invoice it was to pay, and a receipt the invoice that was reversed after it.
with entries as (

    select
        tenant_id, customer_id, entry_id, ledger_code, transaction_type, reference_document_id,
        debit_amount, credit_amount, status,
        (transaction_type = 'invoice' and debit_amount > 0)
        or (transaction_type = 'payment' and credit_amount > 0) as is_live_charge_or_receipt,
        row_number() over (
            partition by tenant_id, customer_id
            order by ledger_date asc, created_at asc nulls last, ledger_code asc, entry_id asc
        ) as place
    from {{ ref('stg_ledger_entries') }}
    where status <> 'cancelled' and debit_amount <> credit_amount

),

reversed_entries as (select * from entries where status = 'reversed'),

named as (

    select
        reversed_entries.tenant_id,
        reversed_entries.entry_id,
        contra.entry_id as contra_entry_id,
        row_number() over (
            partition by reversed_entries.tenant_id, reversed_entries.entry_id order by contra.place
        ) as choice_of_contra,
        row_number() over (
            partition by reversed_entries.tenant_id, contra.entry_id order by reversed_entries.place
        ) as choice_of_reversed
    from reversed_entries
    inner join entries as contra
        on reversed_entries.tenant_id = contra.tenant_id
        and reversed_entries.customer_id = contra.customer_id
        and reversed_entries.debit_amount = contra.credit_amount
        and reversed_entries.credit_amount = contra.debit_amount
    where
        case contra.status
            when 'reversed' then
                contra.reference_document_id in (reversed_entries.entry_id, reversed_entries.ledger_code)
                or reversed_entries.reference_document_id in (contra.entry_id, contra.ledger_code)
            else
                contra.reference_document_id in (reversed_entries.entry_id, reversed_entries.ledger_code)
                and not contra.is_live_charge_or_receipt
        end

),

sure as (

    select tenant_id, entry_id, contra_entry_id from named
    where choice_of_contra = 1 and choice_of_reversed = 1

),

paired as (

    select tenant_id, entry_id from sure
    union
    select tenant_id, contra_entry_id as entry_id from sure

),

candidates as (

    select
        entries.*,
        row_number() over (
            partition by entries.tenant_id, entries.customer_id, entries.status,
                case when entries.status = 'active' then entries.transaction_type end,
                entries.debit_amount, entries.credit_amount
            order by entries.place
        ) as turn
    from entries
    left join paired
        on entries.tenant_id = paired.tenant_id and entries.entry_id = paired.entry_id
    where
        paired.entry_id is null
        and (
            entries.status = 'reversed'
            or (entries.transaction_type in ('invoice', 'debit_note') and entries.credit_amount > 0)
            or (entries.transaction_type in ('payment', 'credit_note') and entries.debit_amount > 0)
        )

),

mirrored as (

    select
        undone.tenant_id,
        undone.entry_id,
        contra.entry_id as contra_entry_id,
        row_number() over (
            partition by undone.tenant_id, undone.entry_id order by contra.status desc
        ) as choice_of_contra
    from candidates as undone
    inner join candidates as contra
        on undone.tenant_id = contra.tenant_id
        and undone.customer_id = contra.customer_id
        and undone.debit_amount = contra.credit_amount
        and undone.credit_amount = contra.debit_amount
        and undone.turn = contra.turn
        and (contra.status = 'reversed' or undone.transaction_type = contra.transaction_type)
    where undone.status = 'reversed'

)

select tenant_id, entry_id, contra_entry_id, 'reference' as method from sure
union all
select tenant_id, entry_id, contra_entry_id, 'mirror' as method from mirrored
where choice_of_contra = 1
