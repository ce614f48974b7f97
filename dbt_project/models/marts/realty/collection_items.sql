-- What is to come, item by item, as of the as-of day: the first twelve weeks of it are expected.
with items as (

    {{ forecast_items(0) }}

),

expected as (

    select tenant_id, forecast_on, item_id, sum(expected) as amount
    from {{ ref('int_forecast_weeks') }}
    group by tenant_id, forecast_on, item_id

),

curves as (select distinct tenant_id, forecast_on from {{ ref('int_collection_curve') }})

select
    items.tenant_id, items.item_id, items.kind, items.label, items.booking_id, items.customer_id,
    items.project_id,
    items.amount, items.due_on,
    greatest({{ days_between('items.due_on', 'items.as_of_date') }}, 0) as days_overdue,
    case when curves.tenant_id is not null
        then {{ money('coalesce(expected.amount, 0)') }} end as expected_amount,
    coalesce({{ days_between('items.due_on', 'items.as_of_date') }} >= 91, false) as is_stuck
from items
left join curves on items.tenant_id = curves.tenant_id and items.forecast_on = curves.forecast_on
left join expected
    on items.tenant_id = expected.tenant_id and items.forecast_on = expected.forecast_on
    and items.item_id = expected.item_id
