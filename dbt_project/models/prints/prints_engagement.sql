-- depends_on: {{ ref('source_arrivals') }}
-- What the published engagement holds, by the part of it that a batch belongs to.
select
    tenant_id,
    {{ published_part('batch_id') }} as part,
    count(*) as row_count,
    sum(row_print) as print
from {{ ref('int_engagement') }}
group by tenant_id, {{ published_part('batch_id') }}
