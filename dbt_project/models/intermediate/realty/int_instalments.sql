-- Instalments of the bookings up to the as-of day: total, TDS, what became of the booking, and the
-- document by which the ledger speaks of them. Several on one voucher are settled in their order.
with bookings as (

    select
        bookings.*,
        units.project_id,
        realty.as_of_date,
        realty.tds_percent,
        greatest(bookings.booking_amount, coalesce(bookings.stamp_value, 0)) >= realty.tds_threshold
            as bears_tds,
        -- Far beyond any price the stamp value is an error, and would be too large to multiply.
        bookings.booking_amount > 0 and bookings.stamp_value > bookings.booking_amount
        and bookings.stamp_value < 1000000000000 as goes_by_stamp_value
    from {{ ref('int_bookings') }} as bookings
    inner join {{ ref('stg_realty') }} as realty on bookings.tenant_id = realty.tenant_id
    left join {{ ref('stg_units') }} as units
        on bookings.tenant_id = units.tenant_id
        and bookings.unit_id = units.unit_id

),

planned as (

    select
        plan.*,
        bookings.customer_id,
        bookings.project_id,
        bookings.as_of_date,
        bookings.booking_date,
        bookings.transferred_from,
        bookings.status as booking_status,
        bookings.is_live,
        coalesce(bookings.cancelled_on, bookings.transferred_on) as ended_on,
        bookings.is_cancelled,
        bookings.is_transferred,
        bookings.interest_percent,
        plan.amount + plan.tax_amount as total,
        case
            when plan.kind = 'deposit' or not bookings.bears_tds then 0
            when bookings.goes_by_stamp_value and plan.amount < 1000000000000
                then least(plan.amount, {{ exact_money(
                    paisa('plan.amount') ~ ' * ' ~ ten_thousandths('bookings.tds_percent')
                    ~ ' * ' ~ paisa('bookings.stamp_value'),
                    paisa('bookings.booking_amount') ~ ' * 1000000'
                ) }})
            else {{ percent_of('bookings.tds_percent', 'plan.amount') }}
        end as tds_amount,
        stages.stage_name,
        stages.planned_date as stage_planned_date,
        stages.completed_date as stage_completed_date,
        case
            when plan.demand_voucher is not null then 'voucher ' || plan.demand_voucher
            else 'instalment ' || plan.instalment_id
        end as document_key,
        coalesce(plan.demand_date <= bookings.as_of_date, false) as is_demanded,
        coalesce(plan.waived_on <= bookings.as_of_date, false) as is_waived
    from {{ ref('stg_instalments') }} as plan
    inner join bookings
        on plan.tenant_id = bookings.tenant_id
        and plan.booking_id = bookings.booking_id
    left join {{ ref('stg_stages') }} as stages
        on plan.tenant_id = stages.tenant_id
        and plan.stage_id = stages.stage_id

)

select
    planned.*,
    count(*) over (partition by tenant_id, customer_id, document_key) as voucher_size,
    row_number() over voucher as voucher_place,
    sum(total) over (voucher rows between unbounded preceding and current row) - total as total_before
from planned
window voucher as (
    partition by tenant_id, customer_id, document_key
    order by due_date asc nulls last, number asc nulls last, instalment_id asc
)
