with bookings as (

    select * from {{ ref('int_bookings') }}

)

select
    bookings.tenant_id,
    bookings.booking_id,
    bookings.booking_code,
    bookings.customer_id,
    coalesce(customers.customer_name, 'Unknown') as customer_name,
    bookings.lead_id,
    leads.lead_name,
    bookings.booking_date,
    bookings.booking_month,
    {{ money('bookings.booking_amount') }} as booking_amount,
    bookings.unit_type,
    bookings.unit_count,
    bookings.units_booked,
    bookings.delivery_date,
    bookings.status,
    bookings.status_asof,
    bookings.is_gross,
    bookings.is_net,
    bookings.is_live,
    bookings.is_cancelled,
    bookings.cancelled_on,
    bookings.cancellation_date,
    bookings.cancellation_reason,
    {{ money('bookings.cancellation_refund_amount') }} as cancellation_refund_amount,
    coalesce(
        bookings.status <> 'pending' and bookings.delivery_date < tenants.as_of_date
        and bookings.status_asof not in ('completed', 'cancelled', 'transferred'), false
    ) as is_delivery_overdue,
    leads.source_code,
    leads.campaign_id,
    leads.owner_name,
    bookings.transferred_on,
    bookings.transferred_from,
    bookings.unit_id,
    bookings.agreement_date,
    bookings.possession_date,
    {{ money('bookings.stamp_value') }} as stamp_value,
    bookings.interest_percent,
    bookings.pay_to_account,
    bookings.lender,
    bookings.channel_partner_id,
    bookings.brokerage_percent,
    bookings.created_at,
    nullif(concat_ws(',',
        bookings.quality_flags,
        case when bookings.lead_id is not null and leads.lead_id is null then 'unknown_lead' end,
        case when customers.customer_id is null then 'unknown_customer' end
    ), '') as quality_flags
from bookings
inner join {{ ref('stg_tenants') }} as tenants on bookings.tenant_id = tenants.tenant_id
left join {{ ref('stg_customers') }} as customers
    on bookings.tenant_id = customers.tenant_id and bookings.customer_id = customers.customer_id
left join {{ ref('leads') }} as leads
    on bookings.tenant_id = leads.tenant_id and bookings.lead_id = leads.lead_id
