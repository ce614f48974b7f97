with base as (

    select recorded.*
    from {{ ref('base_milestones') }} as recorded
    left join {{ ref('deleted_leads') }} as deleted_leads
        on recorded.tenant_id = deleted_leads.tenant_id
        and recorded.lead_id = deleted_leads.lead_id
    where recorded.deleted_at is null and {{ of_no_deleted_lead() }}

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

)

select * from renamed
