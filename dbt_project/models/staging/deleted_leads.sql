{{ config(materialized='table') }}

select tenant_id, id as lead_id
from {{ ref('base_leads') }}
where deleted_at is not null
