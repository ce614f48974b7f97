with base as (

    select * from {{ ref('base_campaign_spend') }}

),

renamed as (

    select
        tenant_id,
        id as campaign_spend_id,
        campaign_id,
        spend_date,
        amount,
        note,
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
