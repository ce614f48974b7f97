{{ config(materialized='table') }}

with landed as (

    select * from {{ raw_rows('tenants') }}

),

newest as (

    select * from landed
    where batch_id = (select max(batch_id) from landed)

)

select
    tenant_id,
    name,
    as_of_date,
    timezone,
    currency,
    locale,
    cast(fiscal_year_start as integer) as fiscal_year_start,
    {{ month_of('as_of_date') }} as month_start,
    -- The instant at which the as-of day ends: what happened at or after it is not known yet.
    {{ day_start(add_days('as_of_date', 1), 'timezone') }} as as_of_end_at,
    {{ day_start(month_of('as_of_date'), 'timezone') }} as month_start_at
from newest
