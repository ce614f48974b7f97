select
    tenant_id,
    day as date,
    cast(total_leads_day as bigint) as new_leads,
    cast(site_visits_day as bigint) as site_visits,
    cast(total_bookings_day as bigint) as bookings,
    booked_amount_day as booked_amount,
    cast(bookings_cancelled_day as bigint) as cancellations,
    cancelled_amount_day as cancelled_amount,
    receipts_day as receipts,
    invoiced_day as invoiced,
    cast(engagement_completed_day as bigint) as engagement_completed
from {{ ref('int_kpi_days') }}
where days_back <= 400
