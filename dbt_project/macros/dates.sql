{#-
    Date arithmetic between DATEs. dbt's own macros return timestamps on DuckDB, and engines differ
    in what date - date is.
-#}
{% macro add_days(day, number) -%}
    {{ return(adapter.dispatch('add_days')(day, number)) }}
{%- endmacro %}

{% macro default__add_days(day, number) -%}
    ({{ day }} + cast({{ number }} as integer))
{%- endmacro %}

{% macro spark__add_days(day, number) -%}
    date_add({{ day }}, cast({{ number }} as integer))
{%- endmacro %}

{#- Whole days from the first DATE to the second; negative if the second is earlier. -#}
{% macro days_between(first, second) -%}
    {{ return(adapter.dispatch('days_between')(first, second)) }}
{%- endmacro %}

{% macro default__days_between(first, second) -%}
    cast({{ second }} - {{ first }} as integer)
{%- endmacro %}

{% macro spark__days_between(first, second) -%}
    datediff({{ second }}, {{ first }})
{%- endmacro %}

{#- The first day of the month of a DATE. -#}
{% macro month_of(day) -%}
    cast(date_trunc('month', {{ day }}) as date)
{%- endmacro %}

{#- The same day of the next or an earlier month, or that month's last day if it is shorter. -#}
{% macro add_months(day, number) -%}
    {{ return(adapter.dispatch('add_months')(day, number)) }}
{%- endmacro %}

{% macro default__add_months(day, number) -%}
    cast({{ day }} + {{ number }} * interval '1 month' as date)
{%- endmacro %}

{% macro spark__add_months(day, number) -%}
    add_months({{ day }}, {{ number }})
{%- endmacro %}
