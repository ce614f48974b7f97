{#- Every row's key exists in `to`, for the same tenant: {column here: column there}. A null key belongs nowhere and passes. -#}
{% test belongs_to(model, to, keys) %}
select here.*
from {{ model }} as here
left join {{ to }} as there
    on here.tenant_id = there.tenant_id
    {%- for mine, theirs in keys.items() %}
    and here.{{ mine }} = there.{{ theirs }}
    {%- endfor %}
where
    there.tenant_id is null
    {%- for mine in keys %}
    and here.{{ mine }} is not null
    {%- endfor %}
{% endtest %}
