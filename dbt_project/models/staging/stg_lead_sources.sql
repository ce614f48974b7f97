with base as (

    select * from {{ ref('base_lead_sources') }}

),

renamed as (

    select
        tenant_id,
        id as lead_source_id,
        source_code,
        source_name,
        source_type,
        subsource_name,
        channel,
        is_active,
        description,
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
