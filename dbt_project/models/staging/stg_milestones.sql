with base as (

    select * from {{ ref('base_milestones') }}

),

renamed as (

    select
        tenant_id,
        id as milestone_id,
        lead_id,
        milestone_type,
        milestone_date,
        milestone_time,
        notes,
        location_latitude,
        location_longitude,
        location_name,
        status_before,
        status_after,
        visited_by,
        duration_minutes,
        outcome,
        follow_up_date,
        follow_up_required,
        metadata,
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
