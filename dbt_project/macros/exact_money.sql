{#-
    Money times or over something, to the paisa, half away from zero and exact: in whole numbers,
    never in doubles. `paisa` is an amount of money as a whole number, `ten_thousandths` a percentage
    as one (10.85 % is 108500), `whole` any other number without decimals.
-#}
{% macro whole(expression) -%}
    {{ return(adapter.dispatch('whole')(expression)) }}
{%- endmacro %}

{% macro default__whole(expression) -%}
    cast({{ expression }} as decimal(38, 0))
{%- endmacro %}

{% macro duckdb__whole(expression) -%}
    cast({{ expression }} as hugeint)
{%- endmacro %}

{% macro paisa(amount) -%}
    {{ whole('cast(' ~ amount ~ ' as decimal(18, 2)) * 100') }}
{%- endmacro %}

{% macro ten_thousandths(percentage) -%}
    {{ whole('cast(' ~ percentage ~ ' as decimal(9, 4)) * 10000') }}
{%- endmacro %}

{#- Whole numbers divided to the nearest one, up from a half; neither is below zero, over zero it is null. -#}
{% macro nearest(numerator, divisor) -%}
    {{ return(adapter.dispatch('nearest')(numerator, divisor)) }}
{%- endmacro %}

{% macro default__nearest(numerator, divisor) -%}
    div(2 * ({{ numerator }}) + ({{ divisor }}), nullif(2 * ({{ divisor }}), 0))
{%- endmacro %}

{% macro duckdb__nearest(numerator, divisor) -%}
    (2 * ({{ numerator }}) + ({{ divisor }})) // nullif(2 * ({{ divisor }}), 0)
{%- endmacro %}

{#- The paisa `numerator` over `divisor` as money. -#}
{% macro exact_money(numerator, divisor) -%}
    cast(cast({{ nearest(numerator, divisor) }} as decimal(36, 0)) * cast(0.01 as decimal(2, 2)) as decimal(18, 2))
{%- endmacro %}

{#- Money times a share of 10^15 parts, to ten decimals: for sums that are rounded once, at the end. -#}
{% macro fine_money(amount, parts) -%}
    cast(
        cast({{ nearest(paisa(amount) ~ ' * ' ~ parts, whole('10000000')) }} as decimal(28, 0))
        * cast(0.0000000001 as decimal(10, 10)) as decimal(38, 10)
    )
{%- endmacro %}

{#- A percentage of an amount that is not below zero. -#}
{% macro percent_of(percentage, amount) -%}
    {{ exact_money(paisa(amount) ~ ' * ' ~ ten_thousandths(percentage), whole('1000000')) }}
{%- endmacro %}

{#- What `amount` has of `part`, as `whole_amount` has all of it. -#}
{% macro share_of(amount, part, whole_amount) -%}
    {{ exact_money(paisa(amount) ~ ' * ' ~ paisa(part), paisa(whole_amount)) }}
{%- endmacro %}
