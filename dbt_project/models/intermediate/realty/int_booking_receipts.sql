{{ config(materialized='view') }}

-- What came for the value of each booking, without tax: of its instalments alone, and of those of the
-- bookings that it took over, whoever paid them.
with recursive chain as (

    select tenant_id, booking_id, transferred_from as of_booking_id
    from {{ ref('int_bookings') }}
    where transferred_from is not null
    union
    select chain.tenant_id, chain.booking_id, earlier.transferred_from as of_booking_id
    from chain
    inner join {{ ref('int_bookings') }} as earlier
        on chain.tenant_id = earlier.tenant_id
        and chain.of_booking_id = earlier.booking_id
    where earlier.transferred_from is not null

),

receipts as (

    select tenant_id, booking_id, instalment_id, credit_entry_id, value_date, entry_order, base_amount
    from {{ ref('int_instalment_receipts') }}
    where kind = 'instalment' and settles_by <> 'other'

)

select tenant_id, booking_id, instalment_id, credit_entry_id, value_date, entry_order, base_amount
from receipts
union all
select chain.tenant_id, chain.booking_id, receipts.instalment_id, receipts.credit_entry_id,
    receipts.value_date, receipts.entry_order, receipts.base_amount
from chain
inner join receipts
    on chain.tenant_id = receipts.tenant_id
    and chain.of_booking_id = receipts.booking_id
where chain.of_booking_id <> chain.booking_id
