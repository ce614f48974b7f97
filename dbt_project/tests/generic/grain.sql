{#- One row for each combination of the columns, and none of them null (those in `optional` may be). -#}
{% test grain(model, columns, optional=[]) %}
select {{ columns | join(', ') }}, count(*) as number_of_rows
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in columns if column not in optional %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}
