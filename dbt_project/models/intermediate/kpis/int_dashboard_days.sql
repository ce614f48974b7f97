{{ config(materialized='view') }}

-- The dashboard's figures on every day: int_kpi_days under the names and in the types that people read.
select
    tenant_id,
    day as date,
    days_back,
    cast(total_leads as bigint) as total_leads,
    cast(total_leads_mtd as bigint) as new_leads,
    cast(qualified_leads as bigint) as qualified_leads,
    cast(converted_leads as bigint) as converted_leads,
    {{ rate('converted_leads', 'total_leads') }} as conversion_rate,
    cast(active_customers as bigint) as active_customers,
    cast(total_bookings as bigint) as total_bookings,
    booked_amount,
    outstanding_balance,
    cast(engagement_completed_mtd as bigint) as engagement_this_month,
    cast(pending_follow_ups as bigint) as pending_follow_ups,
    cast(converted_leads_net as bigint) as converted_leads_net,
    cast(bookings_cancelled as bigint) as bookings_cancelled,
    cast(total_bookings - bookings_cancelled as bigint) as net_bookings,
    {{ money_sum('booked_amount - cancelled_amount') }} as net_booked_amount
from {{ ref('int_kpi_days') }}
