with base as (

    select * from {{ ref('base_users') }}

),

renamed as (

    select
        tenant_id,
        id as user_id,
        name,
        email,
        team,
        manager_id,
        is_active,
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
