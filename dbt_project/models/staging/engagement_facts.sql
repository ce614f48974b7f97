{{ config(materialized='incremental') }}

-- What figures need of every landed version of engagement, without the texts: the one entity of
-- which there are so many that reading it from Parquet for every figure would be most of a build.
-- It only grows; which versions count is said by superseded_engagement.
select
    tenant_id,
    lead_id,
    engagement_type,
    engagement_date,
    engagement_channel,
    coalesce(status, 'completed') as status,
    response_received,
    assigned_to,
    duration_seconds,
    deleted_at,
    coalesce(source_file, '') as source_file,
    coalesce(source_row, 0) as source_row,
    batch_id
from {{ raw_rows('engagement') }}
{% if is_incremental() -%}
where batch_id > '{{ newest_batch(this) }}'
{%- endif %}
