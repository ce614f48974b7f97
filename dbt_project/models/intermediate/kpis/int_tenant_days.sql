-- Every day that a figure is asked for: the as-of day and 440 before it, so that 400 days back can
-- still look at the whole of the month before.
with tenants as (

    select * from {{ ref('stg_tenants') }}

),

digits as (

    {% for digit in range(10) -%}
    select {{ digit }} as digit{{ ' union all ' if not loop.last }}
    {% endfor %}

),

offsets as (

    select hundreds.digit * 100 + tens.digit * 10 + ones.digit as days_back
    from digits as hundreds
    cross join digits as tens
    cross join digits as ones
    where hundreds.digit * 100 + tens.digit * 10 + ones.digit <= 440

)

select
    tenants.tenant_id,
    {{ add_days('tenants.as_of_date', '-offsets.days_back') }} as day,
    {{ month_of(add_days('tenants.as_of_date', '-offsets.days_back')) }} as month,
    offsets.days_back
from tenants
cross join offsets
