-- What is expected of each item in each of the twelve weeks after the day of the forecast, where there
-- is a curve: the share that comes by the end of a week, less the share that came by the end of the
-- one before. Of what is already due only what the curve leaves is still to come.
with items as (

    select items.*, {{ days_between('due_on', 'forecast_on') }} as days_due
    from {{ ref('int_forecast_items') }} as items

),

curve as (select * from {{ ref('int_collection_curve') }}),

ends as (

    select
        items.tenant_id, items.forecast_on, items.item_id, items.amount, items.days_due,
        numbers.days_back as week,
        least(items.days_due + 7 * numbers.days_back, 91) as n
    from items
    inner join {{ ref('int_tenant_days') }} as numbers
        on items.tenant_id = numbers.tenant_id and numbers.days_back <= 12
    -- What falls due later or is due for 91 days or more brings nothing.
    where items.days_due between -84 and 90

),

shares as (

    select
        ends.tenant_id, ends.forecast_on, ends.item_id, ends.amount, ends.week,
        case when ends.days_due >= 0 then curve.whole - by_then.cash else curve.whole end as whole,
        case
            when ends.n < 0 then 0
            when ends.days_due >= 0 then curve.cash - by_then.cash
            else curve.cash
        end as cash
    from ends
    inner join curve
        on ends.tenant_id = curve.tenant_id and ends.forecast_on = curve.forecast_on
        and curve.n = greatest(ends.n, 0)
    inner join curve as by_then
        on ends.tenant_id = by_then.tenant_id and ends.forecast_on = by_then.forecast_on
        and by_then.n = greatest(ends.days_due, 0)

),

so_far as (

    select tenant_id, forecast_on, item_id, week, {{ fine_money('amount', 'parts') }} as expected
    from (
        select *, coalesce({{ nearest(
            paisa('cash') ~ ' * ' ~ whole('1000000000000000'), paisa('whole')
        ) }}, 0) as parts
        from shares
    ) as of_parts

),

parts as (

    select
        tenant_id, forecast_on, item_id, week,
        expected - lag(expected) over (
            partition by tenant_id, forecast_on, item_id order by week
        ) as expected
    from so_far

)

select tenant_id, forecast_on, item_id, week, expected
from parts
where week > 0 and expected <> 0
