-- How much of what fell due comes within so many days after it: of instalments and charges that fell
-- due 91 to 455 days ago, as of the as-of day and of twelve weeks before it. Early money counts on
-- day 0. With fewer than thirty instalments nothing is expected, and no row is here.
with days as (

    select realty.tenant_id, numbers.days_back as n, realty.as_of_date
    from {{ ref('stg_realty') }} as realty
    inner join {{ ref('int_tenant_days') }} as numbers
        on realty.tenant_id = numbers.tenant_id and numbers.days_back <= 91
    where realty.is_by_booking

),

forecasts as (

    select tenant_id, {{ add_days('as_of_date', '-weeks * 7') }} as forecast_on
    from days
    cross join (select 0 as weeks union all select 12 as weeks) as both_days
    where n = 0

),

fallen_due as (

    select
        plan.tenant_id, forecasts.forecast_on, plan.instalment_id, plan.due_date,
        plan.total - plan.tds_amount as most
    from {{ ref('int_instalments') }} as plan
    inner join forecasts
        on plan.tenant_id = forecasts.tenant_id
        and plan.due_date >= {{ add_days('forecasts.forecast_on', -455) }}
        and plan.due_date <= {{ add_days('forecasts.forecast_on', -91) }}
    where
        plan.kind <> 'deposit' and plan.is_demanded
        and plan.booking_status <> 'pending' and plan.booking_date <= plan.due_date
        and (plan.ended_on is null or plan.ended_on > plan.due_date)
        and (plan.waived_on is null or plan.waived_on > plan.due_date)

),

receipts as (

    select
        fallen_due.tenant_id, fallen_due.forecast_on, fallen_due.most,
        greatest({{ days_between('fallen_due.due_date', 'receipts.value_date') }}, 0) as n,
        receipts.amount,
        sum(receipts.amount) over (
            partition by fallen_due.tenant_id, fallen_due.forecast_on, fallen_due.instalment_id
            order by receipts.value_date, receipts.entry_order
            rows between unbounded preceding and current row
        ) as so_far
    from fallen_due
    inner join {{ ref('int_instalment_receipts') }} as receipts
        on fallen_due.tenant_id = receipts.tenant_id
        and fallen_due.instalment_id = receipts.instalment_id
        and receipts.settles_by = 'cash'

),

received as (

    select tenant_id, forecast_on, n, sum(least(so_far, most) - least(so_far - amount, most)) as amount
    from receipts
    where n <= 91
    group by tenant_id, forecast_on, n

),

wholes as (

    select tenant_id, forecast_on, sum(most) as whole
    from fallen_due
    group by tenant_id, forecast_on
    having count(*) >= 30 and sum(most) > 0

)

select
    wholes.tenant_id, wholes.forecast_on, days.n,
    {{ money('sum(coalesce(received.amount, 0)) over (
        partition by wholes.tenant_id, wholes.forecast_on order by days.n
        rows between unbounded preceding and current row
    )') }} as cash,
    {{ money('wholes.whole') }} as whole
from wholes
inner join days on wholes.tenant_id = days.tenant_id
left join received
    on wholes.tenant_id = received.tenant_id and wholes.forecast_on = received.forecast_on
    and days.n = received.n
