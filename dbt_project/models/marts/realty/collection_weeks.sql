-- The twelve weeks from the day after the as-of day, by project.
with items as (

    {{ forecast_items(0) }}

),

{{ forecast_weeks('items') }}

select
    tenant_id, project_id, cast(week as integer) as week, from_date, to_date,
    {{ money('falling_due_amount') }} as falling_due_amount,
    {{ money('expected_amount') }} as expected_amount
from by_week
