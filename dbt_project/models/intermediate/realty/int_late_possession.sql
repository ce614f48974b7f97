-- What a buyer may claim whose unit was promised for an earlier day and is not handed over: interest
-- on what he has paid, by day, later payments from their day. Lines as in int_interest_lines.
with realty as (select * from {{ ref('stg_realty') }} where is_by_booking),

late as (

    select
        bookings.tenant_id, bookings.booking_id, bookings.customer_id, bookings.interest_percent,
        units.project_id, realty.as_of_date,
        coalesce(bookings.delivery_date, projects.promised_date) as promised_on
    from {{ ref('int_bookings') }} as bookings
    inner join realty on bookings.tenant_id = realty.tenant_id
    left join {{ ref('stg_units') }} as units
        on bookings.tenant_id = units.tenant_id and bookings.unit_id = units.unit_id
    left join {{ ref('stg_projects') }} as projects
        on units.tenant_id = projects.tenant_id and units.project_id = projects.project_id
    where
        bookings.is_live
        and coalesce(bookings.delivery_date, projects.promised_date) < realty.as_of_date
        and (bookings.possession_date is null or bookings.possession_date > realty.as_of_date)

),

receipts as (

    select tenant_id, booking_id, value_date, sum(base_amount) as amount
    from {{ ref('int_booking_receipts') }}
    group by tenant_id, booking_id, value_date

),

points as (

    select tenant_id, booking_id, day, sum(amount) as amount
    from (
        select late.tenant_id, late.booking_id, receipts.amount,
            greatest({{ add_days('receipts.value_date', -1) }}, late.promised_on) as day
        from late
        inner join receipts on late.tenant_id = receipts.tenant_id and late.booking_id = receipts.booking_id
        union all
        select tenant_id, booking_id, 0 as amount, promised_on as day from late
    ) as changes
    group by tenant_id, booking_id, day

),

states as (

    select
        late.tenant_id, late.booking_id as instalment_id, late.booking_id, late.customer_id, late.project_id,
        late.interest_percent, late.as_of_date as last_day, false as is_waived, points.day,
        sum(points.amount) over (
            partition by late.tenant_id, late.booking_id order by points.day
            rows between unbounded preceding and current row
        ) as base,
        1 as open_in_grace
    from late
    inner join points on late.tenant_id = points.tenant_id and late.booking_id = points.booking_id

)

{{ interest_lines('states', ref('stg_interest_rates')) }}
