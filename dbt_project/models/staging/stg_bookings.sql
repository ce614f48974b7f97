with base as (

    -- A booking is the customer's: it counts, but under no lead if that was deleted.
    select
        recorded.*,
        case when {{ of_no_deleted_lead() }} then recorded.lead_id end as known_lead_id
    from {{ ref('base_bookings') }} as recorded
    left join {{ ref('deleted_leads') }} as deleted_leads
        on recorded.tenant_id = deleted_leads.tenant_id
        and recorded.lead_id = deleted_leads.lead_id

),

renamed as (

    select
        tenant_id,
        id as booking_id,
        customer_id,
        known_lead_id as lead_id,
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
