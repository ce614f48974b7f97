{{ config(materialized='view') }}

-- The stays of leads with their length on the as-of day, which passes without the lead being touched.
select
    stays.tenant_id,
    stays.lead_id,
    stays.attempt,
    stays.stage_rank,
    stays.entered_date,
    stays.left_date,
    stays.waits_since is not null as is_open,
    stays.is_lost_here,
    cast(
        stays.settled_days + coalesce({{ days_between('stays.waits_since', 'tenants.as_of_date') }}, 0)
        as integer
    ) as days
from {{ ref('int_stage_stays') }} as stays
inner join {{ ref('stg_tenants') }} as tenants on stays.tenant_id = tenants.tenant_id
