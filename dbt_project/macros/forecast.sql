{#- Interest billed and open on each of the days of `forecasts`, as items of int_forecast_items. -#}
{% macro forecast_of_interest(forecasts) -%}
select
    notes.tenant_id, forecasts.forecast_on, notes.entry_id as item_id, 'interest' as kind, subjects.booking_id,
    notes.customer_id, units.project_id, notes.ledger_code as label,
    {{ money('notes.movement - coalesce(sum(credits.amount), 0)') }} as amount, notes.due_date as due_on
from {{ ref('int_ledger_entries') }} as notes
inner join {{ forecasts }} as forecasts
    on notes.tenant_id = forecasts.tenant_id and notes.ledger_date <= forecasts.forecast_on
inner join {{ ref('int_entry_subjects') }} as subjects
    on notes.tenant_id = subjects.tenant_id and notes.entry_id = subjects.entry_id
left join {{ ref('int_bookings') }} as bookings
    on subjects.tenant_id = bookings.tenant_id and subjects.booking_id = bookings.booking_id
left join {{ ref('stg_units') }} as units
    on bookings.tenant_id = units.tenant_id and bookings.unit_id = units.unit_id
left join (
    select allocations.tenant_id, allocations.debit_entry_id, allocations.amount, credit.value_date
    from {{ ref('int_allocations') }} as allocations
    inner join {{ ref('int_ledger_entries') }} as credit
        on allocations.tenant_id = credit.tenant_id and allocations.credit_entry_id = credit.entry_id
) as credits
    on notes.tenant_id = credits.tenant_id and notes.entry_id = credits.debit_entry_id
    and credits.value_date <= forecasts.forecast_on
where notes.purpose = 'interest' and notes.movement > 0
group by
    notes.tenant_id, forecasts.forecast_on, notes.entry_id, subjects.booking_id, notes.customer_id,
    units.project_id, notes.ledger_code, notes.movement, notes.due_date
having notes.movement > coalesce(sum(credits.amount), 0)
{%- endmacro %}

{#- Items of one of the two days that a forecast is made on: weeks_back is 0 or 12. -#}
{% macro forecast_items(weeks_back) -%}
    select items.*, tenants.as_of_date
    from {{ ref('int_forecast_items') }} as items
    inner join {{ ref('stg_tenants') }} as tenants
        on items.tenant_id = tenants.tenant_id
        and items.forecast_on = {{ add_days('tenants.as_of_date', -7 * weeks_back) }}
{%- endmacro %}

{#- The twelve weeks of each project of `items`, with what falls due in each and what is expected. -#}
{% macro forecast_weeks(items) -%}
projects as (

    select distinct tenant_id, forecast_on, coalesce(project_id, '(none)') as project_id from {{ items }}

),

weeks as (

    select projects.tenant_id, projects.forecast_on, projects.project_id, numbers.days_back as week,
        {{ add_days('projects.forecast_on', '7 * numbers.days_back - 6') }} as from_date,
        {{ add_days('projects.forecast_on', '7 * numbers.days_back') }} as to_date
    from projects
    inner join {{ ref('int_tenant_days') }} as numbers
        on projects.tenant_id = numbers.tenant_id and numbers.days_back between 1 and 12

),

falling_due as (

    select weeks.tenant_id, weeks.project_id, weeks.week, sum(items.amount) as amount
    from weeks
    inner join {{ items }} as items
        on weeks.tenant_id = items.tenant_id and weeks.project_id = coalesce(items.project_id, '(none)')
        and items.due_on between weeks.from_date and weeks.to_date
    group by weeks.tenant_id, weeks.project_id, weeks.week

),

expected as (

    select parts.tenant_id, coalesce(items.project_id, '(none)') as project_id, parts.week,
        sum(parts.expected) as amount
    from {{ ref('int_forecast_weeks') }} as parts
    inner join {{ items }} as items
        on parts.tenant_id = items.tenant_id and parts.forecast_on = items.forecast_on
        and parts.item_id = items.item_id
    group by parts.tenant_id, coalesce(items.project_id, '(none)'), parts.week

),

curves as (select distinct tenant_id, forecast_on from {{ ref('int_collection_curve') }}),

by_week as (

    select
        weeks.tenant_id, weeks.project_id, weeks.week, weeks.forecast_on, weeks.from_date, weeks.to_date,
        coalesce(falling_due.amount, 0) as falling_due_amount,
        case when curves.tenant_id is not null then coalesce(expected.amount, 0) end as expected_amount
    from weeks
    left join falling_due
        on weeks.tenant_id = falling_due.tenant_id and weeks.project_id = falling_due.project_id
        and weeks.week = falling_due.week
    left join expected
        on weeks.tenant_id = expected.tenant_id and weeks.project_id = expected.project_id
        and weeks.week = expected.week
    left join curves on weeks.tenant_id = curves.tenant_id and weeks.forecast_on = curves.forecast_on

)
{%- endmacro %}
