-- depends_on: {{ ref('source_arrivals') }}
-- What the published milestones hold, by the part of them that a batch belongs to.
with milestones as (

    select recorded.tenant_id, recorded.batch_id, {{ row_print('recorded.row_hash') }} as row_print
    from {{ ref('base_milestones') }} as recorded
    inner join {{ ref('stg_tenants') }} as tenants
        on recorded.tenant_id = tenants.tenant_id
        and recorded.milestone_date <= tenants.as_of_date
    where recorded.deleted_at is null

)

select
    tenant_id,
    {{ published_part('batch_id') }} as part,
    count(*) as row_count,
    sum(row_print) as print
from milestones
group by tenant_id, {{ published_part('batch_id') }}
