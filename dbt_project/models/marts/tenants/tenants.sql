select
    tenant_id,
    name,
    as_of_date,
    timezone,
    currency,
    locale,
    fiscal_year_start
from {{ ref('stg_tenants') }}
