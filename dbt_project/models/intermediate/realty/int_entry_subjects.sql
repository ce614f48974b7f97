{{ config(materialized='incremental', pre_hook="{{ forget_touched('touched_customers') }}") }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_customers') }}
-- What each entry that counts is about: its booking, instalment and document. Its own booking_id
-- says so, else the instalment or invoice that it names, else a booking that it names, else that the
-- customer never had another. Only of tenants whose ledger is kept by booking.
with entries as (

    select entries.*
    from {{ ref('int_ledger_entries') }} as entries
    inner join {{ ref('stg_realty') }} as realty
        on entries.tenant_id = realty.tenant_id and realty.is_by_booking
    where entries.is_effective and entries.movement <> 0 and {{ is_touched('entries', 'touched_customers') }}

),

bookings as (

    select tenant_id, customer_id, name, min(booking_id) as booking_id
    from (
        select tenant_id, customer_id, booking_id as name, booking_id from {{ ref('int_bookings') }}
        union all
        select tenant_id, customer_id, booking_code as name, booking_id from {{ ref('int_bookings') }}
    ) as names group by tenant_id, customer_id, name

),

only_ones as (

    select tenant_id, customer_id, min(booking_id) as booking_id from {{ ref('int_bookings') }}
    group by tenant_id, customer_id having count(*) = 1

),

plan as (select * from {{ ref('int_instalments') }}),

vouchers as (

    select tenant_id, customer_id, document_key, min(booking_id) as booking_id, sum(tds_amount) as tds_amount
    from plan group by tenant_id, customer_id, document_key

),

told as (

    select
        entries.tenant_id, entries.customer_id, entries.entry_id, entries.ledger_code,
        entries.ledger_date, entries.entry_order, entries.purpose, entries.movement,
        entries.reference_document_id, plan.instalment_id,
        case when entries.reference_document_type = 'booking' then named.booking_id end as named_booking_id,
        coalesce(own.booking_id, plan.booking_id, vouchers.booking_id) as booking_id,
        coalesce(plan.document_key, vouchers.document_key) as document_key
    from entries
    left join {{ ref('int_bookings') }} as own
        on entries.tenant_id = own.tenant_id and entries.customer_id = own.customer_id
        and entries.booking_id = own.booking_id
    left join plan
        on entries.tenant_id = plan.tenant_id and entries.customer_id = plan.customer_id
        and entries.reference_document_type = 'instalment'
        and entries.reference_document_id = plan.instalment_id
    left join vouchers
        on entries.tenant_id = vouchers.tenant_id and entries.customer_id = vouchers.customer_id
        and 'voucher ' || case
            when entries.movement < 0 then entries.reference_document_id
            when entries.purpose not in {{ purposes_outside_the_plan() }} then entries.ledger_code
        end = vouchers.document_key
    left join bookings as named
        on entries.tenant_id = named.tenant_id and entries.customer_id = named.customer_id
        and entries.reference_document_id = named.name

),

debits as (

    select tenant_id, customer_id, name, min(booking_id) as booking_id, min(document_key) as document_key
    from (
        select *, entry_id as name from told where movement > 0
        union all
        select *, ledger_code as name from told where movement > 0 and ledger_code <> entry_id
    ) as names
    group by tenant_id, customer_id, name

),

resolved as (

    select
        told.*,
        coalesce(told.booking_id, debits.booking_id, told.named_booking_id, only_ones.booking_id)
            as of_booking_id,
        coalesce(told.document_key, case when told.movement < 0 then debits.document_key end) as of_document
    from told
    left join debits
        on told.tenant_id = debits.tenant_id and told.customer_id = debits.customer_id
        and told.reference_document_id = debits.name
    left join only_ones on told.tenant_id = only_ones.tenant_id and told.customer_id = only_ones.customer_id

)

{{ entry_subjects('resolved', 'vouchers') }}
