-- The eleven figures on the as-of day, beside the day before, the same weekday a week earlier and,
-- for flows, the month to date against the same days of last month.
with tenants as (

    select
        *,
        {{ add_days('as_of_date', -1) }} as day_before,
        {{ add_days('as_of_date', -7) }} as week_before,
        {{ add_months('as_of_date', -1) }} as month_before
    from {{ ref('stg_tenants') }}

),

-- One pass over the history instead of five joins on computed dates, which DuckDB orders badly.
history as (

    select
        tenants.tenant_id,
        {%- for kpi in dashboard_kpis() %}
        max(case when daily.date = tenants.as_of_date then daily.{{ kpi }} end) as {{ kpi }},
        max(case when daily.date = tenants.day_before then daily.{{ kpi }} end) as {{ kpi }}_previous_day,
        max(case when daily.date = tenants.week_before then daily.{{ kpi }} end)
            as {{ kpi }}_same_weekday_last_week,
        {%- endfor %}
        {%- for figure in dashboard_net_figures() %}
        max(case when daily.date = tenants.as_of_date then daily.{{ figure }} end) as {{ figure }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from tenants
    inner join {{ ref('int_dashboard_days') }} as daily on tenants.tenant_id = daily.tenant_id
    where daily.days_back <= 7
    group by tenants.tenant_id

),

months_to_date as (

    select
        tenants.tenant_id,
        {%- for kpi, figure in dashboard_flows().items() %}
        {%- set type = 'decimal(38, 2)' if kpi == 'booked_amount' else 'bigint' %}
        cast(max(case when days.days_back = 0 then days.{{ figure }}_mtd end) as {{ type }}) as {{ kpi }}_mtd,
        cast(max(case when days.day = tenants.month_before then days.{{ figure }}_mtd end) as {{ type }})
            as {{ kpi }}_mtd_last_month{{ ',' if not loop.last }}
        {%- endfor %}
    from tenants
    inner join {{ ref('int_kpi_days') }} as days on tenants.tenant_id = days.tenant_id
    group by tenants.tenant_id

)

select
    tenants.tenant_id,
    tenants.as_of_date,
    {%- for kpi in dashboard_kpis() %}
    history.{{ kpi }},
    history.{{ kpi }}_previous_day,
    history.{{ kpi }}_same_weekday_last_week,
    {%- endfor %}
    {%- for kpi in dashboard_flows() %}
    months_to_date.{{ kpi }}_mtd, months_to_date.{{ kpi }}_mtd_last_month,
    {%- endfor %}
    {%- for figure in dashboard_net_figures() %}
    history.{{ figure }}{{ ',' if not loop.last }}
    {%- endfor %}
from tenants
inner join history on tenants.tenant_id = history.tenant_id
inner join months_to_date on tenants.tenant_id = months_to_date.tenant_id
