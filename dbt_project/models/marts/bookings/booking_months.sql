{%- set counts = [
    'gross_count', 'cancelled_count', 'net_count', 'units', 'net_units', 'since_cancelled_count',
] %}
{%- set amounts = ['gross_amount', 'cancelled_amount', 'net_amount', 'refunds_promised'] %}
-- Every month from the tenant's first booking to the as-of month: what was booked in it, what was
-- cancelled in it (by the day of the cancellation), and the difference.
with by_unit as (

    select * from {{ ref('booking_unit_months') }}

),

months as (

    select
        tenants.tenant_id,
        {{ add_months('tenants.month_start', '-numbers.months_back') }} as month
    from {{ ref('stg_tenants') }} as tenants
    cross join (select distinct days_back as months_back from {{ ref('int_tenant_days') }}) as numbers
    inner join (select tenant_id, min(month) as first_month from by_unit group by tenant_id) as spans
        on tenants.tenant_id = spans.tenant_id
    where {{ add_months('tenants.month_start', '-numbers.months_back') }} >= spans.first_month

),

totals as (

    select
        months.tenant_id,
        months.month,
        {%- for count in counts %}
        cast(coalesce(sum(by_unit.{{ count }}), 0) as bigint) as {{ count }},
        {%- endfor %}
        {%- for amount in amounts %}
        {{ money_sum('coalesce(sum(by_unit.' ~ amount ~ '), 0)') }} as {{ amount }}{{ ',' if not loop.last }}
        {%- endfor %}
    from months
    left join by_unit
        on months.tenant_id = by_unit.tenant_id
        and months.month = by_unit.month
    group by months.tenant_id, months.month

)

select
    tenant_id,
    month,
    gross_count,
    gross_amount,
    cancelled_count,
    cancelled_amount,
    net_count,
    net_amount,
    units,
    net_units,
    refunds_promised,
    since_cancelled_count,
    {{ rate('since_cancelled_count', 'gross_count') }} as cancellation_rate,
    {{ rate('cancelled_count', 'gross_count') }} as cancelled_to_booked
from totals
