{#- The seven ageing buckets, in the order of their age; together they are the closing balance. -#}
{% macro ageing_buckets() -%}
    {{ return(['not_due', 'days_1_30', 'days_31_60', 'days_61_90', 'days_91_120', 'days_over_120', 'unapplied_credit']) }}
{%- endmacro %}

{#- The bucket of a debit that has been due for so many days; without a date it is not due. -#}
{% macro ageing_bucket(days) -%}
    case
        {%- for last in [30, 60, 90, 120] %}
        when {{ days }} > {{ last - 30 }} and {{ days }} <= {{ last }} then 'days_{{ last - 29 }}_{{ last }}'
        {%- endfor %}
        when {{ days }} > 120 then 'days_over_120'
        else 'not_due'
    end
{%- endmacro %}
