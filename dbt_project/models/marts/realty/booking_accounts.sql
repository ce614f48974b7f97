-- The account of each booking on the as-of day, and of what belongs to none: each part of its balance,
-- interest, and since when money is due. A credit's piece counts where the debit is that it pays.
with realty as (select * from {{ ref('stg_realty') }} where is_by_booking),

accounts as (select * from {{ ref('int_booking_parts') }}),

plan as (

    select
        tenant_id, booking_id,
        sum(case when state in ('paid', 'tds_awaited', 'overdue', 'demanded')
            then total else 0 end) as demanded,
        sum(case when state in ('planned', 'unbilled') then total else 0 end) as to_be_demanded,
        sum(case when days_overdue > 0 then 0 else open_cash end) as not_due,
        sum(case when days_overdue > 0 then open_cash else 0 end) as overdue,
        {%- for bucket in ageing_buckets()[1:6] %}
        sum(case when ageing_bucket = '{{ bucket }}' then open_cash else 0 end) as {{ bucket }},
        {%- endfor %}
        sum(open_tds) as open_tds,
        max(days_overdue) as oldest_days_overdue,
        min(case when open_cash > 0 and days_overdue = 0 then due_date end) as next_due_date
    from {{ ref('instalments') }}
    group by tenant_id, booking_id

),

interest as (

    select
        lines.tenant_id, lines.booking_id,
        sum(lines.interest) as accrued,
        sum(case when lines.is_dropped then lines.interest else 0 end) as dropped,
        sum(case when lines.to_date = realty.as_of_date and not lines.is_dropped then {{ exact_money(
            paisa('lines.open_amount') ~ ' * ' ~ ten_thousandths('lines.rate_percent'), whole('365000000')
        ) }} else 0 end) as per_day
    from {{ ref('interest_lines') }} as lines
    inner join realty on lines.tenant_id = realty.tenant_id
    group by lines.tenant_id, lines.booking_id

),

received as (

    select tenant_id, booking_id, sum(base_amount) as received_base
    from {{ ref('int_booking_receipts') }}
    group by tenant_id, booking_id

),

late as (

    select tenant_id, booking_id, min(from_date) as first_day, max(to_date) as last_day,
        sum(interest) as interest
    from {{ ref('int_late_possession') }}
    group by tenant_id, booking_id

),

reminders as (

    select plan.tenant_id, plan.booking_id, count(*) as reminder_level
    from plan
    inner join {{ ref('stg_realty_steps') }} as steps
        on plan.tenant_id = steps.tenant_id
        and steps.kind = 'reminder' and steps.days <= plan.oldest_days_overdue
    group by plan.tenant_id, plan.booking_id

)

{{ booking_accounts('accounts', 'realty') }}
