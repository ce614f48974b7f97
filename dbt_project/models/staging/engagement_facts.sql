{{ config(materialized='incremental') }}

-- What figures need of every landed version of engagement, without the texts: the one entity of
-- which there are so many that reading it from Parquet for every figure would be most of a build.
-- It only grows; which versions count is said by superseded_engagement. Its place is
-- a number too, so that leaving a row out costs comparing numbers; its local day stands beside the
-- zone that it was worked out in.
select
    {{ place_hash('versions') }} as place_hash,
    {{ surrogate_key('versions.tenant_id', 'versions.id') }} as row_key,
    versions.tenant_id,
    versions.lead_id,
    versions.engagement_type,
    versions.engagement_date,
    tenants.timezone,
    {{ local_date('versions.engagement_date', 'tenants.timezone') }} as day,
    -- What is none of the list is counted as one.
    case
        when versions.engagement_channel is null
            or versions.engagement_channel in ('email', 'phone', 'sms', 'whatsapp', 'in_person', 'video')
            then versions.engagement_channel
        else 'other'
    end as engagement_channel,
    coalesce(versions.status, 'completed') as status,
    versions.response_received,
    versions.assigned_to,
    versions.duration_seconds,
    versions.deleted_at,
    versions.source_system,
    coalesce(versions.source_file, '') as source_file,
    coalesce(versions.source_row, 0) as source_row,
    {{ row_print('versions.row_hash') }} as row_print,
    versions.batch_id
from {{ raw_rows('engagement') }} as versions
left join {{ ref('stg_tenants') }} as tenants on versions.tenant_id = tenants.tenant_id
{% if is_incremental() -%}
where versions.batch_id > '{{ newest_batch(this) }}'
{%- endif %}
