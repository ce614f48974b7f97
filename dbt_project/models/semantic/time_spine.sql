-- Every day of half a century, which MetricFlow joins to where it fills days without rows.
with digits as (

    {% for digit in range(10) -%}
    select {{ digit }} as digit{{ ' union all ' if not loop.last }}
    {% endfor %}

),

numbers as (

    select
        ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1000 * thousands.digit
        + 10000 * myriads.digit as number
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds
    cross join digits as thousands
    cross join digits as myriads
    where myriads.digit < 2

)

select {{ add_days("cast('2000-01-01' as date)", 'number') }} as date_day
from numbers
