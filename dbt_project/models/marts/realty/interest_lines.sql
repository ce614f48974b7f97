{{ config(materialized='view') }}

select
    tenant_id, instalment_id, booking_id, customer_id, from_date, to_date, open_amount, rate_percent, days,
    interest, is_dropped
from {{ ref('int_interest_lines') }}
where rate_percent is not null
