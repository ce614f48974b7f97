{{ config(materialized='table') }}

with landed as (

    select * from {{ raw_rows('tenants') }}

),

newest as (

    select * from landed
    where
        batch_id = (select max(batch_id) from landed)
        -- A tenant whose rows stopped a model of this build is left out, and the others go on.
        and tenant_id not in ({{ set_aside_tenants() }})

),

zones as (

    select timezone, {{ constant_offset('used.timezone') }} as utc_offset_seconds
    from (select distinct timezone from newest) as used

)

select
    newest.tenant_id,
    newest.name,
    newest.as_of_date,
    newest.timezone,
    zones.utc_offset_seconds,
    newest.zone_shifts,
    newest.currency,
    newest.locale,
    cast(newest.fiscal_year_start as integer) as fiscal_year_start,
    {{ month_of('newest.as_of_date') }} as month_start,
    -- The instant at which the as-of day ends: what happened at or after it is not known yet.
    coalesce(
        newest.as_of_end_at, {{ instant_of(add_days('newest.as_of_date', 1), 'newest.timezone') }}
    ) as as_of_end_at,
    coalesce(
        newest.month_start_at, {{ instant_of(month_of('newest.as_of_date'), 'newest.timezone') }}
    ) as month_start_at
from newest
inner join zones on newest.timezone = zones.timezone
