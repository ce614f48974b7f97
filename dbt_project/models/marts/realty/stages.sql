-- Stages of construction, and what of completed ones nobody has demanded yet.
with unbilled as (

    select instalments.tenant_id, instalments.stage_id, count(*) as instalments,
        sum(instalments.total) as total
    from {{ ref('instalments') }} as instalments
    inner join {{ ref('bookings') }} as bookings
        on instalments.tenant_id = bookings.tenant_id
        and instalments.booking_id = bookings.booking_id
        and bookings.is_live
    where instalments.state = 'unbilled'
    group by instalments.tenant_id, instalments.stage_id

)

select
    stages.tenant_id, stages.stage_id, stages.project_id, stages.tower, stages.stage_name,
    stages.planned_date, stages.completed_date,
    case when stages.completed_date <= tenants.as_of_date
        then {{ days_between('stages.completed_date', 'tenants.as_of_date') }} end as days_since_completed,
    cast(coalesce(unbilled.instalments, 0) as bigint) as unbilled_count,
    {{ money('coalesce(unbilled.total, 0)') }} as unbilled_amount
from {{ ref('stg_stages') }} as stages
inner join {{ ref('stg_tenants') }} as tenants on stages.tenant_id = tenants.tenant_id
left join unbilled on stages.tenant_id = unbilled.tenant_id and stages.stage_id = unbilled.stage_id
