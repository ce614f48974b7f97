{#-
    (tenant_id, id) is unique. Where a build is known that found it so, only keys of which a row has
    come since are looked at; otherwise the repeated ones are looked for by hash, which takes a tenth
    of the time, and then confirmed by key, as a hash may collide.
-#}
{% test newest_rows_are_unique(model) %}
-- depends_on: {{ ref('build_inputs') }}
{%- set read_before = batch_read_before() %}
select rows_here.tenant_id, rows_here.id, count(*) as number_of_rows
from {{ model }} as rows_here
{%- if read_before %}
where (rows_here.tenant_id, rows_here.id) in (
    select tenant_id, id from {{ model }} where batch_id > {{ read_before }}
)
{%- else %}
inner join (
    select {{ key_hash() }} as key_hash
    from {{ model }}
    group by {{ key_hash() }}
    having count(*) > 1
) as suspects on {{ key_hash('rows_here') }} = suspects.key_hash
{%- endif %}
group by rows_here.tenant_id, rows_here.id
having count(*) > 1
{% endtest %}
