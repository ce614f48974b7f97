{#-
    The parts of a lead's score. Waits are compared as of the days below: "still there after 14".
-#}
{% macro score_days() -%}
    {{ return([0, 2, 4, 7, 10, 14, 21, 28, 35, 42, 56, 70, 84, 112, 140, 168, 252]) }}
{%- endmacro %}

{#- A score is the chance of a booking within so many days. -#}
{% macro score_horizon() -%}
    {{ return(90) }}
{%- endmacro %}

{#- A tenant needs so many leads that booked, and as many that did not. -#}
{% macro score_enough() -%}
    {{ return(10) }}
{%- endmacro %}

{#- So many days of history are looked at, and a lead that stood still for longer is not scored. -#}
{% macro score_history() -%}
    {{ return(365) }}
{%- endmacro %}

{#- The last of the days above that a number of days has come to; -1 before the first. -#}
{% macro score_day_of(days) -%}
    case
        {%- for day in score_days() | reverse %}
        when {{ days }} >= {{ day }} then {{ day }}
        {%- endfor %}
        else -1
    end
{%- endmacro %}

{#- The share of `leads` that booked, leaning on `prior` as on twenty leads more. -#}
{% macro leaning_share(booked, leads, prior) -%}
    (({{ booked }} + 20 * {{ prior }}) / ({{ leads }} + 20))
{%- endmacro %}

{% macro odds(probability) -%}
    ({{ probability }} / (1 - {{ probability }}))
{%- endmacro %}

{#- Against the share of all leads that booked within 90 days of coming. -#}
{% macro score_band(probability, arrived_share) -%}
    case
        when {{ probability }} >= 2 * {{ arrived_share }} then 'hot'
        when {{ probability }} < {{ arrived_share }} / 2 then 'cold'
        when {{ probability }} is not null then 'warm'
    end
{%- endmacro %}
