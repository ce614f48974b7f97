with base as (

    select * from {{ ref('base_leads') }}

),

renamed as (

    select
        tenant_id,
        id as lead_id,
        lead_code,
        first_name,
        last_name,
        email,
        phone,
        company_name,
        industry,
        status,
        probability,
        source as source_code,
        campaign_id,
        assigned_to,
        assigned_date,
        converted_to_customer,
        customer_id,
        next_action_date,
        next_action_notes,
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
