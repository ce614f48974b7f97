-- One row a finding about entries of a ledger that is kept by booking.
with entries as (

    select entries.*, subjects.booking_id as of_booking_id, subjects.document_key, subjects.is_of_the_plan,
        subjects.usable_amount
    from {{ ref('int_ledger_entries') }} as entries
    inner join {{ ref('int_entry_subjects') }} as subjects
        on entries.tenant_id = subjects.tenant_id and entries.entry_id = subjects.entry_id

),

documents as (

    select tenant_id, customer_id, document_key, sum(total) as total, min(instalment_id) as instalment_id
    from {{ ref('int_instalments') }}
    group by tenant_id, customer_id, document_key

),

demands as (

    select tenant_id, customer_id, document_key, sum(movement) as amount from entries
    where is_of_the_plan group by tenant_id, customer_id, document_key

),

transfers as (

    select tenant_id, of_booking_id as booking_id, sum(movement) as amount from entries
    where purpose = 'transfer' group by tenant_id, of_booking_id

),

-- What a transfer carried over was due when the old account had it due.
carried as (

    select entries.tenant_id, entries.of_booking_id as booking_id, min(debits.due_date) as due_date
    from entries
    inner join {{ ref('ledger_allocations') }} as allocations
        on entries.tenant_id = allocations.tenant_id and entries.entry_id = allocations.credit_entry_id
    inner join entries as debits
        on allocations.tenant_id = debits.tenant_id and allocations.debit_entry_id = debits.entry_id
    where entries.purpose = 'transfer'
    group by entries.tenant_id, entries.of_booking_id

),

taken_over as (

    select bookings.tenant_id, bookings.booking_id, bookings.transferred_from,
        coalesce(here.amount, 0) + coalesce(there.amount, 0) as amount,
        min(entries.due_date) as due_date, min(carried.due_date) as carried_due_date
    from {{ ref('int_bookings') }} as bookings
    inner join {{ ref('stg_realty') }} as realty
        on bookings.tenant_id = realty.tenant_id and realty.is_by_booking
    left join transfers as here
        on bookings.tenant_id = here.tenant_id and bookings.booking_id = here.booking_id
    left join transfers as there
        on bookings.tenant_id = there.tenant_id and bookings.transferred_from = there.booking_id
    left join carried
        on bookings.tenant_id = carried.tenant_id and bookings.transferred_from = carried.booking_id
    left join entries
        on bookings.tenant_id = entries.tenant_id and bookings.booking_id = entries.of_booking_id
        and entries.purpose = 'transfer' and entries.movement > 0
    where bookings.transferred_from is not null
    group by bookings.tenant_id, bookings.booking_id, bookings.transferred_from, here.amount, there.amount

)

select documents.tenant_id, 'instalment_differs_from_ledger' as check_name,
    documents.instalment_id as record_key
from documents
inner join demands
    on documents.tenant_id = demands.tenant_id and documents.customer_id = demands.customer_id
    and documents.document_key = demands.document_key
where demands.amount <> documents.total
union all
select tenant_id, 'tds_above_expected' as check_name, entry_id as record_key
from entries
where purpose = 'tds' and movement < 0 and usable_amount < -movement
union all
select entries.tenant_id, 'entry_without_booking' as check_name, entries.entry_id as record_key
from entries
inner join (
    select tenant_id, customer_id from {{ ref('int_bookings') }}
    group by tenant_id, customer_id
    having count(*) > 1
) as several
    on entries.tenant_id = several.tenant_id and entries.customer_id = several.customer_id
where entries.of_booking_id is null
union all
select tenant_id, 'transfer_unbalanced' as check_name, booking_id as record_key
from taken_over
where amount <> 0
union all
select tenant_id, 'transfer_restarts_due_date' as check_name, booking_id as record_key
from taken_over
where due_date > carried_due_date
