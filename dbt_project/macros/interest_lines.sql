{#- What a buyer has yet to transfer: what is open, less what of the TDS is open. -#}
{% macro open_cash(total, tds, settled, settled_tds) -%}
    greatest({{ total }} - ({{ settled }}), 0)
    - greatest(least(greatest({{ total }} - ({{ settled }}), 0), {{ tds }} - ({{ settled_tds }})), 0)
{%- endmacro %}

{#-
    Lines of interest from `states` (what is open of an instalment from the day after `day`) and the
    rates: those of a project from its first one on, before it those of all projects.
-#}
{% macro interest_lines(states, rates) -%}
, changes as (

    select *, lag(base) over (partition by tenant_id, instalment_id order by day) as base_before
    from {{ states }}
    where open_in_grace > 0 and day < last_day

),

spans as (

    select *, {{ add_days('day', 1) }} as first_day,
        coalesce(lead(day) over (partition by tenant_id, instalment_id order by day), last_day) as final_day
    from changes
    where base_before is null or base <> base_before

),

rates as (

    select tenant_id, coalesce(project_id, '') as project_key, valid_from, rate_percent
    from (
        select *, row_number() over (
            partition by tenant_id, project_id, valid_from order by interest_rate_id desc
        ) as choice
        from {{ rates }}
    ) as ranked
    where choice = 1

),

first_rates as (

    select tenant_id, project_key, min(valid_from) as first_valid_from
    from rates
    where project_key <> ''
    group by tenant_id, project_key

),

projects as (select distinct tenant_id, coalesce(project_id, '') as project_key from {{ states }}),

steps as (

    select projects.tenant_id, projects.project_key, rates.valid_from, rates.rate_percent
    from projects
    inner join rates on projects.tenant_id = rates.tenant_id
    left join first_rates
        on projects.tenant_id = first_rates.tenant_id
        and projects.project_key = first_rates.project_key
    where
        rates.project_key = projects.project_key
        or (rates.project_key = '' and (
            first_rates.first_valid_from is null or rates.valid_from < first_rates.first_valid_from
        ))
    union all
    select tenant_id, project_key, cast('0001-01-01' as date) as valid_from, null as rate_percent
    from projects

),

new_rates as (

    select tenant_id, project_key, valid_from, rate_percent
    from (
        select *, lag(rate_percent) over (
            partition by tenant_id, project_key order by valid_from
        ) as rate_before
        from steps
    ) as ordered
    where rate_percent is null or rate_before is null or rate_percent <> rate_before

),

rate_spans as (

    select *, coalesce({{ add_days('lead(valid_from) over (
        partition by tenant_id, project_key order by valid_from
    )', -1) }}, cast('9999-12-31' as date)) as valid_to
    from new_rates

),

lines as (

    select
        spans.*,
        coalesce(spans.interest_percent, rate_spans.rate_percent) as rate,
        case when spans.interest_percent is null
            then greatest(spans.first_day, rate_spans.valid_from) else spans.first_day end as from_date,
        case when spans.interest_percent is null
            then least(spans.final_day, rate_spans.valid_to) else spans.final_day end as to_date
    from spans
    left join rate_spans
        on spans.tenant_id = rate_spans.tenant_id
        and coalesce(spans.project_id, '') = rate_spans.project_key
        and spans.interest_percent is null
        and spans.first_day <= rate_spans.valid_to
        and spans.final_day >= rate_spans.valid_from
    where spans.base > 0

)

select
    tenant_id, instalment_id, booking_id, customer_id, from_date, to_date,
    {{ money('base') }} as open_amount,
    cast(rate as decimal(9, 4)) as rate_percent,
    {{ days_between('from_date', 'to_date') }} + 1 as days,
    coalesce({{ exact_money(
        paisa('base') ~ ' * ' ~ ten_thousandths('rate') ~ ' * ('
        ~ days_between('from_date', 'to_date') ~ ' + 1)', whole('365000000')
    ) }}, 0) as interest,
    is_waived as is_dropped
from lines
{%- endmacro %}
