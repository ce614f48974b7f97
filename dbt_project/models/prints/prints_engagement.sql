-- depends_on: {{ ref('source_arrivals') }}
-- What the published engagement holds, by the part of it that a batch belongs to.
select
    tenant_id,
    {{ published_part('batch_id') }} as part,
    count(*) as row_count,
    sum(row_print) as print
from ({{ engagement_until_as_of(ref('engagement_facts')) | indent }}) as engagement
group by tenant_id, {{ published_part('batch_id') }}
