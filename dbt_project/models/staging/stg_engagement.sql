with base as (

    select * from {{ ref('base_engagement') }}

),

renamed as (

    select
        tenant_id,
        id as engagement_id,
        lead_id,
        engagement_type,
        engagement_date,
        engagement_channel,
        subject,
        notes,
        coalesce(status, 'completed') as status,
        response_received,
        response_date,
        response_notes,
        assigned_to,
        duration_seconds,
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
