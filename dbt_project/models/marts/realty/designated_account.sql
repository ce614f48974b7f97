-- What each project received in each month, and the share of it that goes to the designated account:
-- money for instalments and charges and money that pays nothing yet, without tax. No TDS.
with realty as (select * from {{ ref('stg_realty') }} where is_by_booking),

credits as (

    select
        entries.tenant_id, entries.entry_id, subjects.booking_id, entries.value_date,
        entries.credit_amount, entries.tax_amount
    from {{ ref('int_ledger_entries') }} as entries
    inner join realty on entries.tenant_id = realty.tenant_id and entries.value_date <= realty.as_of_date
    inner join {{ ref('int_entry_subjects') }} as subjects
        on entries.tenant_id = subjects.tenant_id and entries.entry_id = subjects.entry_id
    where entries.movement < 0 and entries.transaction_type = 'payment' and entries.purpose <> 'tds'

),

used as (

    select allocations.tenant_id, allocations.credit_entry_id, sum(allocations.amount) as amount
    from {{ ref('ledger_allocations') }} as allocations
    inner join credits
        on allocations.tenant_id = credits.tenant_id and allocations.credit_entry_id = credits.entry_id
    group by allocations.tenant_id, allocations.credit_entry_id

),

receipts as (

    select tenant_id, booking_id, value_date, amount, tax_amount
    from {{ ref('int_instalment_receipts') }}
    where settles_by = 'cash' and kind <> 'deposit'
    union all
    select credits.tenant_id, debits.booking_id, credits.value_date, allocations.amount, 0 as tax_amount
    from {{ ref('ledger_allocations') }} as allocations
    inner join credits
        on allocations.tenant_id = credits.tenant_id and allocations.credit_entry_id = credits.entry_id
    inner join {{ ref('int_entry_subjects') }} as debits
        on allocations.tenant_id = debits.tenant_id and allocations.debit_entry_id = debits.entry_id
    inner join {{ ref('int_ledger_entries') }} as entries
        on debits.tenant_id = entries.tenant_id and debits.entry_id = entries.entry_id
        and entries.purpose = 'interest'
    inner join realty on allocations.tenant_id = realty.tenant_id and realty.designated_interest
    union all
    select credits.tenant_id, credits.booking_id, credits.value_date,
        credits.credit_amount - coalesce(used.amount, 0) as amount,
        coalesce({{ share_of(
            'credits.credit_amount - coalesce(used.amount, 0)', 'credits.tax_amount', 'credits.credit_amount'
        ) }}, 0) as tax_amount
    from credits
    left join used on credits.tenant_id = used.tenant_id and credits.entry_id = used.credit_entry_id
    where credits.credit_amount > coalesce(used.amount, 0)

),

months as (

    select
        receipts.tenant_id,
        coalesce(units.project_id, '(none)') as project_id,
        {{ month_of('receipts.value_date') }} as month,
        {{ money('sum(receipts.amount)') }} as received_amount,
        {{ money('sum(receipts.tax_amount)') }} as tax_amount
    from receipts
    inner join {{ ref('int_bookings') }} as bookings
        on receipts.tenant_id = bookings.tenant_id and receipts.booking_id = bookings.booking_id
    left join {{ ref('stg_units') }} as units
        on bookings.tenant_id = units.tenant_id and bookings.unit_id = units.unit_id
    group by receipts.tenant_id, coalesce(units.project_id, '(none)'), {{ month_of('receipts.value_date') }}

)

select
    months.tenant_id, months.project_id, months.month, months.received_amount, months.tax_amount,
    {{ money('months.received_amount - months.tax_amount') }} as net_amount,
    realty.designated_percent,
    {{ percent_of('realty.designated_percent', 'greatest(months.received_amount - months.tax_amount, 0)') }}
        as designated_amount
from months
inner join realty on months.tenant_id = realty.tenant_id
