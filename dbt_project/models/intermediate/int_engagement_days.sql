-- Engagement of each tenant by local day.
with tenants as (

    select * from {{ ref('stg_tenants') }}

),

engagement as (

    select
        stg_engagement.tenant_id,
        {{ local_date('stg_engagement.engagement_date', 'tenants.timezone') }} as day
    from {{ ref('stg_engagement') }} as stg_engagement
    inner join tenants
        on stg_engagement.tenant_id = tenants.tenant_id
        and stg_engagement.engagement_date < tenants.as_of_end_at
    where stg_engagement.status = 'completed'

)

select tenant_id, day, count(*) as completed_count
from engagement
group by tenant_id, day
