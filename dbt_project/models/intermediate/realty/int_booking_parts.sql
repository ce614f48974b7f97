-- The parts of each booking's balance that the ledger tells, and of what belongs to no booking. A
-- credit whose money came by the as-of day counts where the debits are that it pays.
with realty as (select * from {{ ref('stg_realty') }} where is_by_booking),

entries as (

    select
        entries.tenant_id, entries.customer_id, entries.entry_id, entries.movement, entries.purpose,
        entries.entry_order, entries.ledger_date,
        coalesce(subjects.booking_id, '(none)') as booking_id,
        entries.value_date <= realty.as_of_date as has_value,
        entries.movement < 0 and entries.purpose = 'tds' as is_tds,
        entries.movement < 0 and entries.purpose <> 'tds' and entries.transaction_type = 'payment' as is_cash,
        entries.movement < 0 and entries.transaction_type <> 'payment' as is_note
    from {{ ref('int_ledger_entries') }} as entries
    inner join realty on entries.tenant_id = realty.tenant_id
    inner join {{ ref('int_entry_subjects') }} as subjects
        on entries.tenant_id = subjects.tenant_id and entries.entry_id = subjects.entry_id

),

pieces as (

    select
        allocations.tenant_id, allocations.customer_id, allocations.amount,
        credit.booking_id as from_booking_id, debit.booking_id as to_booking_id,
        credit.is_cash, credit.is_tds,
        debit.purpose = 'interest' as pays_interest
    from {{ ref('int_allocations') }} as allocations
    inner join entries as credit
        on allocations.tenant_id = credit.tenant_id
        and allocations.credit_entry_id = credit.entry_id
        and credit.has_value
    inner join entries as debit
        on allocations.tenant_id = debit.tenant_id
        and allocations.debit_entry_id = debit.entry_id

),

moves as (

    select
        tenant_id, customer_id, booking_id,
        movement as balance,
        case when movement > 0 and purpose = 'interest' then movement else 0 end as open_interest,
        case when movement > 0 and purpose <> 'interest' then movement else 0 end as open_rest,
        least(movement, 0) as unapplied_credit,
        case when is_cash and has_value then -movement else 0 end as received_cash,
        case when is_tds and has_value then -movement else 0 end as received_tds,
        case when purpose = 'interest' and (movement > 0 or is_note)
            then movement else 0 end as interest_billed,
        case when purpose = 'forfeiture' then movement else 0 end as forfeited,
        case when purpose = 'refund' then movement else 0 end as refund_paid,
        case when is_cash then entry_order end as payment_order
    from entries
    union all
    select
        tenant_id, customer_id, to_booking_id,
        -amount,
        case when pays_interest then -amount else 0 end,
        case when pays_interest then 0 else -amount end,
        0,
        case when is_cash then amount else 0 end,
        case when is_tds then amount else 0 end,
        0, 0, 0, null
    from pieces
    union all
    select
        tenant_id, customer_id, from_booking_id,
        amount, 0, 0, amount, -- noqa: AL08
        case when is_cash then -amount else 0 end,
        case when is_tds then -amount else 0 end,
        0, 0, 0, null
    from pieces

),

summed as (

    select tenant_id, customer_id, booking_id, max(payment_order) as payment_order,
        {%- for part in [
            'balance', 'open_interest', 'open_rest', 'unapplied_credit', 'received_cash', 'received_tds',
            'interest_billed', 'forfeited', 'refund_paid',
        ] %}
        {{ money('sum(' ~ part ~ ')') }} as {{ part }}{{ ',' if not loop.last }}
        {%- endfor %}
    from moves
    group by tenant_id, customer_id, booking_id

)

select
    summed.*,
    payments.ledger_date as last_payment_date,
    {{ money('-payments.movement') }} as last_payment_amount
from summed
left join entries as payments
    on summed.tenant_id = payments.tenant_id
    and summed.customer_id = payments.customer_id
    and summed.payment_order = payments.entry_order
