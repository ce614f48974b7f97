{#-
    First response over rows of `leads` with `as_of_end_at`: the hours until it came, how many had it
    within an hour and a day of those whose hour or day is over, and which open leads still wait.
-#}
{% macro first_response_figures(alias) -%}
    count({{ alias }}.lead_id) as leads,
    count({{ alias }}.first_response_at) as responded_leads,
    {{ median(alias ~ '.first_response_hours') }} as median_first_response_hours,
    {{ percentile(alias ~ '.first_response_hours', 0.9) }} as p90_first_response_hours,
    {%- for hours in (1, 24) %}
    {%- set hours_known = hours_between(alias ~ '.created_at', alias ~ '.as_of_end_at') %}
    count(case when {{ alias }}.first_response_hours <= {{ hours }} then 1 end) as responded_{{ hours }}h,
    count(case when {{ alias }}.first_response_hours <= {{ hours }} or {{ hours_known }} >= {{ hours }}
        then 1 end) as due_{{ hours }}h,
    {%- endfor %}
    count(case when {{ awaits_response(alias) }} then 1 end) as unanswered_leads,
    max(case when {{ awaits_response(alias) }}
        then {{ days_between(alias ~ '.lead_date', alias ~ '.as_of_date') }} end) as oldest_unanswered_days
{%- endmacro %}

{% macro awaits_response(alias) -%}
    {{ alias }}.first_response_at is null and not {{ alias }}.is_lost and not {{ alias }}.is_converted
{%- endmacro %}
