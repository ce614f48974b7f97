{{ config(materialized='ephemeral') }}

select
    steps.tenant_id, steps.kind, steps.step, steps.days, steps.received_percent,
    steps.needs_agreement, steps.share_percent
from ({{ newest_batch_rows('tenant_realty_steps') }}) as steps
inner join {{ ref('stg_tenants') }} as tenants on steps.tenant_id = tenants.tenant_id
