-- What is to come on the as-of day and what was to come twelve weeks before it: money that is
-- demanded, interest billed, and the plan that is left, each with the day on which it falls due.
with forecasts as (

    select
        tenant_id, demand_lag_days, as_of_date,
        {{ add_days('as_of_date', '-weeks * 7') }} as forecast_on
    from {{ ref('stg_realty') }}
    cross join (select 0 as weeks union all select 12 as weeks) as both_days
    where is_by_booking

),

usual as (

    select tenant_id, cast(floor({{ median('due_days') }} + 0.5) as integer) as due_days
    from {{ ref('int_instalments') }}
    group by tenant_id

),

plan as (

    select
        plan.*, forecasts.forecast_on, forecasts.demand_lag_days,
        coalesce(plan.demand_date <= forecasts.forecast_on, false) as is_demanded_then,
        plan.stage_completed_date <= forecasts.forecast_on as is_built_then
    from {{ ref('int_instalments') }} as plan
    inner join forecasts
        on plan.tenant_id = forecasts.tenant_id and plan.booking_date <= forecasts.forecast_on
    where
        plan.booking_status <> 'pending'
        and (plan.waived_on is null or plan.waived_on > forecasts.forecast_on)
        and (plan.ended_on is null or plan.ended_on > forecasts.forecast_on)

),

receipts as (

    select forecasts.tenant_id, forecasts.forecast_on, receipts.instalment_id, sum(receipts.amount) as amount,
        sum(case when receipts.settles_by = 'tds' then receipts.amount else 0 end) as tds
    from {{ ref('int_instalment_receipts') }} as receipts
    inner join forecasts
        on receipts.tenant_id = forecasts.tenant_id and receipts.value_date <= forecasts.forecast_on
    group by forecasts.tenant_id, forecasts.forecast_on, receipts.instalment_id

),

demanded as (

    select
        plan.tenant_id, plan.forecast_on, plan.instalment_id as item_id,
        case when plan.due_date < plan.forecast_on then 'overdue' else 'demanded' end as kind,
        plan.booking_id, plan.customer_id, plan.project_id, plan.label,
        {{ open_cash('opened.ledger_amount', 'plan.tds_amount', 'coalesce(receipts.amount, 0)',
            'coalesce(receipts.tds, 0)') }} as amount,
        plan.due_date as due_on
    from plan
    inner join {{ ref('int_instalment_states') }} as opened
        on plan.tenant_id = opened.tenant_id and plan.instalment_id = opened.instalment_id
    left join receipts
        on plan.tenant_id = receipts.tenant_id and plan.instalment_id = receipts.instalment_id
        and plan.forecast_on = receipts.forecast_on
    where plan.is_demanded_then

),

asked as (

    select plan.*, coalesce(plan.due_days, usual.due_days, 0) as days_to_pay,
        case
            when plan.expected_date is not null
                then greatest(plan.expected_date, {{ add_days('plan.forecast_on', 1) }})
            when plan.is_built_then
                then {{ add_days('plan.forecast_on', 'plan.demand_lag_days') }}
            when plan.stage_planned_date is not null
                then {{ add_days(
                    'greatest(plan.stage_planned_date, plan.forecast_on)', 'plan.demand_lag_days'
                ) }}
        end as asked_on
    from plan
    left join usual on plan.tenant_id = usual.tenant_id
    where not plan.is_demanded_then

)

select tenant_id, forecast_on, item_id, kind, booking_id, customer_id, project_id, label,
    {{ money('amount') }} as amount, due_on
from demanded
where amount > 0
union all
select tenant_id, forecast_on, instalment_id as item_id,
    case when is_built_then then 'unbilled' else 'planned' end as kind,
    booking_id, customer_id, project_id, label,
    {{ money('total - tds_amount') }} as amount, {{ add_days('asked_on', 'days_to_pay') }} as due_on
from asked
where total > tds_amount
union all
{{ forecast_of_interest('forecasts') }}
