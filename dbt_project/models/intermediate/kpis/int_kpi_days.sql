-- The figures of every day: `_day` is what the day brought, a plain name is the stock at its end,
-- `_mtd` what its month had brought by then. What happened before the first day is folded into it.
{%- set figures = kpi_figures() %}
with days as (

    select * from {{ ref('int_tenant_days') }}

),

first_days as (

    select tenant_id, min(day) as first_day
    from days
    group by tenant_id

),

changes as (

    select * from {{ ref('int_kpi_changes_leads') }}
    union all
    select * from {{ ref('int_kpi_changes_accounts') }}

),

by_day as (

    select
        changes.tenant_id,
        greatest(changes.day, first_days.first_day) as day,
        {%- for figure in figures %}
        sum(case when changes.figure = '{{ figure }}' then changes.change else 0 end)
            as {{ figure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from changes
    inner join first_days on changes.tenant_id = first_days.tenant_id
    group by changes.tenant_id, greatest(changes.day, first_days.first_day)

)

select
    days.tenant_id,
    days.day,
    days.month,
    days.days_back,
    {%- for figure in figures %}
    {{ money_sum('coalesce(by_day.' ~ figure ~ ', 0)') }} as {{ figure }}_day,
    {%- endfor %}
    {%- for figure in kpi_stocks() %}
    {{ money_sum('sum(coalesce(by_day.' ~ figure ~ ', 0)) over tenant_life') }} as {{ figure }},
    {%- endfor %}
    {%- for figure in kpi_flows() %}
    {{ money_sum('sum(coalesce(by_day.' ~ figure ~ ', 0)) over tenant_month') }} as {{ figure }}_mtd
    {{- ',' if not loop.last }}
    {%- endfor %}
from days
left join by_day
    on days.tenant_id = by_day.tenant_id
    and days.day = by_day.day
window
    tenant_life as (
        partition by days.tenant_id order by days.day
        rows between unbounded preceding and current row
    ),
    tenant_month as (
        partition by days.tenant_id, days.month order by days.day
        rows between unbounded preceding and current row
    )
