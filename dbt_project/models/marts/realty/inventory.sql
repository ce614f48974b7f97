select
    tenant_id,
    project_id,
    coalesce(tower, '(none)') as tower,
    coalesce(unit_type, '(none)') as unit_type,
    status,
    count(*) as units,
    {{ money('coalesce(sum(unit_value), 0)') }} as unit_value,
    {{ money('coalesce(sum(carpet_sqft), 0)') }} as carpet_sqft,
    {{ money('coalesce(sum(saleable_sqft), 0)') }} as saleable_sqft
from {{ ref('units') }}
group by tenant_id, project_id, coalesce(tower, '(none)'), coalesce(unit_type, '(none)'), status
