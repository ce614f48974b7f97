{{ config(materialized='table') }}

-- What each tenant set under realty, and whether its ledger is kept by booking: only then does what
-- is said of bookings decide which debits a credit may pay.
with landed as (

    {{ newest_batch_rows('tenant_realty') }}

),

by_booking as (

    select tenant_id from {{ ref('stg_ledger_entries') }}
    where booking_id is not null
    union
    select tenant_id from {{ ref('stg_instalments') }}

),

others as (

    select tenant_id from {{ ref('stg_units') }}
    union
    select tenant_id from {{ ref('stg_brokerage_entries') }}
    union
    select tenant_id from {{ ref('stg_booking_parties') }}

)

select
    tenants.tenant_id,
    tenants.as_of_date,
    by_booking.tenant_id is not null as is_by_booking,
    by_booking.tenant_id is not null or others.tenant_id is not null as has_units_or_plans,
    cast(landed.grace_days as integer) as grace_days,
    landed.grace_from,
    landed.interest_gst,
    landed.tds_percent,
    landed.tds_threshold,
    landed.forfeiture_percent,
    landed.forfeiture_gst_percent,
    cast(landed.demand_lag_days as integer) as demand_lag_days,
    landed.upi_limit,
    landed.designated_percent,
    landed.designated_interest
from {{ ref('stg_tenants') }} as tenants
inner join landed on tenants.tenant_id = landed.tenant_id
left join by_booking on tenants.tenant_id = by_booking.tenant_id
left join others on tenants.tenant_id = others.tenant_id
