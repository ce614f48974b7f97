-- Interest on what was open of each instalment: days of one base and one rate are one line. A day
-- bears interest on what was open when the day before ended, from the day after the due date (or
-- the grace, or the transfer that brought the instalment here) to the end of the account or the
-- as-of day. Days for which there is no rate are here without one.
with realty as (select * from {{ ref('stg_realty') }}),

owed as (

    select
        plan.*,
        opened.ledger_amount,
        {{ add_days('plan.due_date', 'realty.grace_days') }} as grace_end,
        least(realty.as_of_date, plan.waived_on, plan.ended_on) as last_day,
        greatest(
            case when realty.grace_from = 'end_of_grace'
                then {{ add_days('plan.due_date', 'realty.grace_days') }} else plan.due_date end,
            case when plan.transferred_from is not null then plan.booking_date end
        ) as base_day
    from {{ ref('int_instalments') }} as plan
    inner join realty on plan.tenant_id = realty.tenant_id
    inner join {{ ref('int_instalment_states') }} as opened
        on plan.tenant_id = opened.tenant_id
        and plan.instalment_id = opened.instalment_id
    where plan.is_demanded and opened.ledger_amount > 0 and plan.due_date < realty.as_of_date

),

receipts as (

    select
        owed.tenant_id, owed.instalment_id, receipts.amount,
        case when receipts.settles_by = 'tds' then receipts.amount else 0 end as tds,
        greatest(receipts.value_date, owed.base_day) as day,
        case when receipts.value_date <= owed.grace_end then receipts.amount else 0 end as amount_in_grace,
        case when receipts.value_date <= owed.grace_end and receipts.settles_by = 'tds'
            then receipts.amount else 0 end as tds_in_grace
    from owed
    inner join {{ ref('int_instalment_receipts') }} as receipts
        on owed.tenant_id = receipts.tenant_id
        and owed.instalment_id = receipts.instalment_id

),

points as (

    select tenant_id, instalment_id, day, sum(amount) as amount, sum(tds) as tds,
        sum(amount_in_grace) as amount_in_grace, sum(tds_in_grace) as tds_in_grace
    from (
        select * from receipts
        union all
        select tenant_id, instalment_id, 0 as amount, 0 as tds, base_day as day, 0 as amount_in_grace,
            0 as tds_in_grace
        from owed
    ) as changes
    group by tenant_id, instalment_id, day

),

states as (

    select
        owed.tenant_id, owed.instalment_id, owed.booking_id, owed.customer_id, owed.project_id,
        owed.interest_percent, owed.last_day, owed.is_waived, points.day,
        {{ open_cash('owed.ledger_amount', 'owed.tds_amount',
            'sum(points.amount) over until_then', 'sum(points.tds) over until_then') }} as base,
        {{ open_cash('owed.ledger_amount', 'owed.tds_amount',
            'sum(points.amount_in_grace) over of_all', 'sum(points.tds_in_grace) over of_all') }} as open_in_grace
    from owed
    inner join points
        on owed.tenant_id = points.tenant_id and owed.instalment_id = points.instalment_id
    where owed.last_day > owed.grace_end
    window
        until_then as (
            partition by owed.tenant_id, owed.instalment_id order by points.day
            rows between unbounded preceding and current row
        ),
        of_all as (partition by owed.tenant_id, owed.instalment_id)

)

{{ interest_lines('states', ref('stg_interest_rates')) }}
