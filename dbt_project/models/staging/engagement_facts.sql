{{ config(materialized='incremental') }}

-- The columns that figures need of every landed version of engagement, without the texts. Engagement
-- has so many rows that reading them from Parquet for every figure would be most of a build. The
-- table only grows; superseded_engagement lists the versions that no longer count. A row's place is a
-- number too, so that leaving the row out costs comparing numbers; the local day stands beside the
-- zone in which it was worked out.
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
    versions.response_date,
    versions.assigned_to,
    versions.duration_seconds,
    versions.deleted_at,
    versions.source_system,
    coalesce(versions.source_file, '') as source_file,
    coalesce(versions.source_row, 0) as source_row,
    {{ row_fingerprint('versions.row_hash') }} as row_fingerprint,
    versions.batch_id
from {{ raw_rows('engagement') }} as versions
left join {{ ref('stg_tenants') }} as tenants on versions.tenant_id = tenants.tenant_id
{% if is_incremental() -%}
where versions.batch_id > '{{ newest_batch(this) }}'
{%- endif %}
