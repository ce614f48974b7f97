{%- for entity in small_entities() %}
select tenant_id, '{{ entity }}' as entity, source_system, count(*) as row_count
from (
    select tenant_id, source_system, lead(batch_id) over (
        partition by tenant_id, id order by batch_id, source_row, source_file
    ) as superseded_by
    from {{ raw_rows(entity) }}
) as {{ entity }}_versions
where superseded_by is not null
group by tenant_id, source_system
{{ 'union all' if not loop.last }}
{%- endfor %}
