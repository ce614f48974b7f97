{#- The seven ageing buckets, in the order of their age; together they are the closing balance. -#}
{% macro ageing_buckets() -%}
    {{ return(['not_due', 'days_1_30', 'days_31_60', 'days_61_90', 'days_91_120', 'days_over_120', 'unapplied_credit']) }}
{%- endmacro %}
