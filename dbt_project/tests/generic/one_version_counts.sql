{#-
    Of the landed versions of a row, all but one are superseded. Where a build is known that found it
    so, only rows of which a version has come since are looked at.
-#}
{% test one_version_counts(model, superseded) %}
-- depends_on: {{ ref('build_inputs') }}
{%- set read_before = batch_read_before() %}
select versions.row_key, count(*) as number_of_rows
from (
    select row_key, tenant_id, place_hash, source_row
    from {{ model }}
    {%- if read_before %}
    where row_key in (select row_key from {{ model }} where batch_id > {{ read_before }})
    {%- endif %}
) as versions
left join {{ superseded }} as superseded
    on versions.tenant_id = superseded.tenant_id
    and versions.place_hash = superseded.place_hash
    and versions.source_row = superseded.source_row
where superseded.place_hash is null
group by versions.row_key
having count(*) > 1
{% endtest %}
