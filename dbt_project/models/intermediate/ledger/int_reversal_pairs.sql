-- Each reversed ledger entry with the entry that undoes it. Where none names the other, a reversed
-- entry pairs with another reversed one of the swapped amounts, then with an active one of its type
-- on the side on which that type never stands (an invoice that is a credit); nth with nth.
with named as (

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
                case when entries.status = 'active' then entries.transaction_type end,
                entries.debit_amount, entries.credit_amount
            order by entries.ledger_date asc, entries.created_at asc nulls last, entries.entry_id asc
        ) as turn
    from {{ ref('stg_ledger_entries') }} as entries
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

select tenant_id, entry_id, contra_entry_id, 'reference' as method from named
union all
select tenant_id, entry_id, contra_entry_id, 'mirror' as method from mirrored
where choice_of_contra = 1
