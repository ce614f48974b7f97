with base as (

    select * from {{ ref('base_campaigns') }}

),

renamed as (

    select
        tenant_id,
        id as campaign_id,
        campaign_code,
        campaign_name,
        campaign_type,
        description,
        start_date,
        end_date,
        budget,
        expected_roi,
        assigned_to,
        status,
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
