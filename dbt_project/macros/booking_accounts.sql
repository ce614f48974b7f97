{#-
    The rows of booking_accounts: every booking, and what belongs to none of a customer. The CTEs plan,
    interest, received, late and reminders stand beside it.
-#}
{% macro booking_accounts(parts, realty) -%}
, everything as (

    select
        bookings.tenant_id, bookings.customer_id, bookings.booking_id
    from {{ ref('bookings') }} as bookings
    inner join {{ realty }} on bookings.tenant_id = {{ realty }}.tenant_id
    union
    select tenant_id, customer_id, booking_id from {{ parts }}

)

select
    everything.tenant_id, everything.customer_id, everything.booking_id,
    bookings.booking_code,
    coalesce(bookings.customer_name, customers.customer_name, 'Unknown') as customer_name,
    customers.primary_phone,
    bookings.status_asof as status,
    units.project_id, projects.project_name, units.tower, units.unit_number,
    coalesce(units.unit_type, bookings.unit_type) as unit_type,
    bookings.owner_name, bookings.lender, bookings.channel_partner_id,
    bookings.booking_date, bookings.booking_amount, bookings.agreement_date, bookings.possession_date,
    {%- for figure in ['demanded', 'to_be_demanded'] %}
    {{ money('coalesce(plan.' ~ figure ~ ', 0)') }} as {{ figure }},
    {%- endfor %}
    {%- for figure in ['received_cash', 'received_tds'] %}
    {{ money('coalesce(parts.' ~ figure ~ ', 0)') }} as {{ figure }},
    {%- endfor %}
    {{ money('coalesce(received.received_base, 0)') }} as received_base,
    {{ exact_money(paisa('greatest(coalesce(received.received_base, 0), 0)') ~ ' * 10000', paisa('bookings.booking_amount')) }}
        as received_percent,
    {%- for figure in ['not_due', 'overdue', 'open_tds'] %}
    {{ money('coalesce(plan.' ~ figure ~ ', 0)') }} as {{ figure }},
    {%- endfor %}
    {{ money('coalesce(parts.open_interest, 0)') }} as open_interest,
    {{ money('coalesce(parts.open_rest, 0)
        - coalesce(plan.not_due, 0) - coalesce(plan.overdue, 0) - coalesce(plan.open_tds, 0)') }} as open_other,
    {{ money('coalesce(parts.unapplied_credit, 0)') }} as unapplied_credit,
    {{ money('coalesce(parts.balance, 0)') }} as balance,
    {{ money('coalesce(plan.overdue, 0) + coalesce(parts.open_interest, 0) + coalesce(parts.open_rest, 0)
        - coalesce(plan.not_due, 0) - coalesce(plan.overdue, 0) - coalesce(plan.open_tds, 0)') }} as due_now,
    {%- for bucket in ageing_buckets()[1:6] %}
    {{ money('coalesce(plan.' ~ bucket ~ ', 0)') }} as {{ bucket }},
    {%- endfor %}
    coalesce(plan.oldest_days_overdue, 0) as oldest_days_overdue,
    cast(coalesce(reminders.reminder_level, 0) as integer) as reminder_level,
    plan.next_due_date,
    {{ money('coalesce(interest.accrued, 0)') }} as interest_accrued,
    {{ money('coalesce(interest.dropped, 0)') }} as interest_dropped,
    {{ money('coalesce(parts.interest_billed, 0)') }} as interest_billed,
    {{ money('coalesce(interest.accrued, 0) - coalesce(interest.dropped, 0)
        - coalesce(parts.interest_billed, 0)') }} as interest_unbilled,
    {{ money('coalesce(interest.per_day, 0)') }} as interest_per_day,
    {{ money('coalesce(parts.forfeited, 0)') }} as forfeited,
    {{ money('coalesce(parts.refund_paid, 0)') }} as refund_paid,
    parts.last_payment_date,
    parts.last_payment_amount,
    {{ add_days('late.first_day', -1) }} as promised_date_passed,
    coalesce({{ days_between('late.first_day', 'late.last_day') }} + 1, 0) as days_late,
    {{ money('coalesce(late.interest, 0)') }} as late_possession_interest
from everything
left join {{ parts }} as parts
    on everything.tenant_id = parts.tenant_id and everything.customer_id = parts.customer_id
    and everything.booking_id = parts.booking_id
left join {{ ref('bookings') }} as bookings
    on everything.tenant_id = bookings.tenant_id and everything.booking_id = bookings.booking_id
left join {{ ref('stg_customers') }} as customers
    on everything.tenant_id = customers.tenant_id and everything.customer_id = customers.customer_id
left join {{ ref('stg_units') }} as units
    on bookings.tenant_id = units.tenant_id and bookings.unit_id = units.unit_id
left join {{ ref('stg_projects') }} as projects
    on units.tenant_id = projects.tenant_id and units.project_id = projects.project_id
{%- for other in ['plan', 'interest', 'received', 'late', 'reminders'] %}
left join {{ other }}
    on everything.tenant_id = {{ other }}.tenant_id and everything.booking_id = {{ other }}.booking_id
{%- endfor %}
{%- endmacro %}
