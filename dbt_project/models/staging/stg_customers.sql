with base as (

    select * from {{ ref('base_customers') }}

),

renamed as (

    select
        tenant_id,
        id as customer_id,
        customer_code,
        customer_name,
        business_name,
        business_type,
        primary_contact_name,
        primary_email,
        primary_phone,
        billing_address,
        billing_city,
        billing_state,
        billing_country,
        billing_zip,
        pan_number,
        gst_number,
        credit_limit,
        credit_days,
        payment_terms,
        customer_category,
        coalesce(status, 'active') as status,
        current_balance,
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
