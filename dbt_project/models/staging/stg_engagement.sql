with base as (

    select recorded.*
    from {{ ref('base_engagement') }} as recorded
    left join {{ ref('deleted_leads') }} as deleted_leads
        on recorded.tenant_id = deleted_leads.tenant_id
        and recorded.lead_id = deleted_leads.lead_id
    where recorded.deleted_at is null and {{ of_no_deleted_lead() }}

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

)

select * from renamed
