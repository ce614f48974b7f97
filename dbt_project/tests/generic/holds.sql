{#- Every row satisfies every condition; a condition that is null counts as satisfied. -#}
{% test holds(model, conditions) %}
select *
from {{ model }}
where
    {%- for condition in conditions %}
    {% if not loop.first %}or {% endif %}not ({{ condition }})
    {%- endfor %}
{% endtest %}
