{{ config(materialized='table') }}

with tenants as (

    select * from {{ ref('stg_tenants') }}

),

landed as (

    select * from {{ raw_rows('tenant_stages') }}

),

newest as (

    select landed.tenant_id, landed.milestone_type, landed.stage_rank, landed.stage_name
    from landed
    inner join tenants on landed.tenant_id = tenants.tenant_id
    where landed.batch_id = (select max(batch_id) from landed)

),

-- "Qualified" begins at the site visit; in a funnel without one, at the first stage after it.
thresholds as (

    select
        tenant_id,
        coalesce(
            min(case when milestone_type = 'site_visit' then stage_rank end),
            min(case when milestone_type in ('revisit', 'demo', 'proposal', 'negotiation', 'booking')
                then stage_rank end)
        ) as qualifying_rank
    from newest
    group by tenant_id

)

select
    newest.tenant_id,
    newest.milestone_type,
    newest.stage_rank,
    newest.stage_name,
    newest.stage_rank >= thresholds.qualifying_rank as is_qualifying
from newest
inner join thresholds on newest.tenant_id = thresholds.tenant_id
