-- Customers with their account on the as-of day. One who is not in the customer file is kept as
-- "Unknown", so that the accounts add up to the tenant's balance and every entry and booking has
-- somebody, even one that does not count.
with accounts as (

    select tenant_id, customer_id, live_bookings, balance
    from {{ ref('int_customer_days') }}
    where is_last

),

customers as (

    select customers.*
    from {{ ref('stg_customers') }} as customers
    inner join {{ ref('stg_tenants') }} as tenants on customers.tenant_id = tenants.tenant_id

),

everyone as (

    select tenant_id, customer_id from customers
    union
    select tenant_id, customer_id from {{ ref('int_ledger_entries') }}
    union
    select tenant_id, customer_id from {{ ref('int_bookings') }}

)

select
    everyone.tenant_id,
    everyone.customer_id,
    customers.customer_code,
    coalesce(customers.customer_name, 'Unknown') as customer_name,
    customers.customer_id is not null as is_known,
    customers.business_name,
    customers.business_type,
    customers.primary_contact_name,
    customers.primary_email,
    customers.primary_phone,
    customers.billing_address,
    customers.billing_city,
    customers.billing_state,
    customers.billing_country,
    customers.billing_zip,
    customers.pan_number,
    customers.gst_number,
    {{ money('customers.credit_limit') }} as credit_limit,
    cast(customers.credit_days as integer) as credit_days,
    customers.payment_terms,
    customers.customer_category,
    customers.status,
    {{ money('customers.current_balance') }} as current_balance,
    cast(coalesce(accounts.live_bookings, 0) as bigint) as live_bookings,
    {{ money_sum('coalesce(accounts.balance, 0)') }} as balance,
    coalesce(
        customers.status = 'active' and (accounts.live_bookings > 0 or accounts.balance <> 0), false
    ) as is_active,
    customers.quality_flags
from everyone
left join customers
    on everyone.tenant_id = customers.tenant_id and everyone.customer_id = customers.customer_id
left join accounts
    on everyone.tenant_id = accounts.tenant_id and everyone.customer_id = accounts.customer_id
