{#- Columns that are given may not leave their bounds: {column: [lowest, highest]}, either may be none. -#}
{% test within(model, bounds) %}
select *
from {{ model }}
where
    {%- for column, (low, high) in bounds.items() %}
    {% if not loop.first %}or {% endif %}
    {%- if low is not none %}{{ column }} < {{ low }}{% endif %}
    {%- if low is not none and high is not none %} or {% endif %}
    {%- if high is not none %}{{ column }} > {{ high }}{% endif %}
    {%- endfor %}
{% endtest %}
