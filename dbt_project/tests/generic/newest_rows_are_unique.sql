{#-
    (tenant_id, id) is unique. Looked for by hash, which takes a tenth of the time over twenty
    million rows, and then confirmed by key, as a hash may collide.
-#}
{% test newest_rows_are_unique(model) %}
select rows_here.tenant_id, rows_here.id, count(*) as number_of_rows
from {{ model }} as rows_here
inner join (
    select {{ key_hash() }} as key_hash
    from {{ model }}
    group by {{ key_hash() }}
    having count(*) > 1
) as suspects on {{ key_hash('rows_here') }} = suspects.key_hash
group by rows_here.tenant_id, rows_here.id
having count(*) > 1
{% endtest %}
