{#-
    Figures that engines compute differently. A rate is a double, NULL over zero. Money stays
    DECIMAL: DuckDB divides decimals as doubles, which is wrong by cents above 9e13.
-#}
{% macro rate(numerator, denominator) -%}
    (cast({{ numerator }} as double precision) / nullif(cast({{ denominator }} as double precision), 0))
{%- endmacro %}

{#- One amount on record, as wide as the source contract lets it be. -#}
{% macro money(expression) -%}
    cast({{ expression }} as decimal(18, 2))
{%- endmacro %}

{#- A sum of amounts: a billion of the largest fit. -#}
{% macro money_sum(expression) -%}
    cast({{ expression }} as decimal(38, 2))
{%- endmacro %}

{#- Money divided by a whole number, to the cent, half away from zero; NULL over zero. -#}
{% macro money_each(amount, number) -%}
    {{ return(adapter.dispatch('money_each')(amount, number)) }}
{%- endmacro %}

{% macro default__money_each(amount, number) -%}
    cast(round(cast({{ amount }} as decimal(38, 6)) / nullif({{ number }}, 0), 2) as decimal(38, 2))
{%- endmacro %}

{#- Twice the cents plus the divisor, over twice the divisor: exact rounding in whole numbers. -#}
{% macro duckdb__money_each(amount, number) -%}
    cast(
        cast(
            sign({{ amount }})
            * ((cast({{ money_sum('abs(' ~ amount ~ ')') }} * 200 as hugeint) + {{ number }})
            // nullif(2 * {{ number }}, 0))
            as decimal(36, 0)
        ) * cast(0.01 as decimal(2, 2))
        as decimal(38, 2)
    )
{%- endmacro %}

{% macro percentile(expression, fraction) -%}
    percentile_cont({{ fraction }}) within group (order by {{ expression }})
{%- endmacro %}

{% macro median(expression) -%}
    {{ percentile(expression, 0.5) }}
{%- endmacro %}

{#- A share as the old views gave it: a percentage rounded to two decimals, half away from zero. -#}
{% macro legacy_pct(part, whole) -%}
    {{ return(adapter.dispatch('legacy_pct')(part, whole)) }}
{%- endmacro %}

{% macro default__legacy_pct(part, whole) -%}
    cast(round(cast(100 * {{ part }} as decimal(38, 10)) / nullif({{ whole }}, 0), 2) as double precision)
{%- endmacro %}

{#- Multiplied first: 100 * (23 / 4000) is a hair below 0.575. -#}
{% macro duckdb__legacy_pct(part, whole) -%}
    round(cast(100 * {{ part }} as double precision) / nullif({{ whole }}, 0), 2)
{%- endmacro %}
