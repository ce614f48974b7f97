-- What a build is of, per tenant: its day, its zone and funnel, and how far what landed was read.
-- remember_build() keeps it as `built` once the models that follow from it are built.
with stages as (

    select
        tenant_id,
        string_agg(milestone_type || ' ' || cast(stage_rank as varchar), ',' order by milestone_type)
            as funnel
    from {{ ref('stg_tenant_stages') }}
    group by tenant_id

)

select
    tenants.tenant_id,
    tenants.as_of_date,
    tenants.as_of_end_at,
    tenants.timezone,
    coalesce(stages.funnel, '') as funnel,
    (select max(batch_id) from {{ ref('source_arrivals') }}) as newest_batch
from {{ ref('stg_tenants') }} as tenants
left join stages on tenants.tenant_id = stages.tenant_id
