-- Records whose ids differ from another one's only in upper and lower case, one row a group of them:
-- often one record under two spellings. Told of what people write ids for, not of every call.
{% for entity in ['leads', 'customers', 'campaigns', 'bookings'] -%}
select
    tenant_id,
    'ids_differ_only_in_case' as check_name,
    '{{ entity }} ' || min(id) || ' and ' || max(id) as record_key
from {{ ref('base_' ~ entity) }}
where deleted_at is null
group by tenant_id, lower(id)
having count(*) > 1
{% if not loop.last %}union all{% endif %}
{% endfor -%}
