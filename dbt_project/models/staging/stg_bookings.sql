with base as (

    select * from {{ ref('base_bookings') }}

),

renamed as (

    select
        tenant_id,
        id as booking_id,
        customer_id,
        lead_id,
        booking_code,
        booking_date,
        booking_amount,
        unit_type,
        unit_count,
        units_booked,
        units_available,
        delivery_date,
        status,
        cancellation_date,
        cancellation_reason,
        cancellation_refund_amount,
        notes,
        unit_id,
        agreement_date,
        possession_date,
        stamp_value,
        interest_percent,
        pay_to_account,
        lender,
        channel_partner_id,
        brokerage_percent,
        transferred_from,
        created_at,
        updated_at,
        created_by,
        extra,
        quality_flags,
        source_system,
        source_file,
        source_row,
        batch_id,
        ingested_at
    from base
    where deleted_at is null

)

select * from renamed
