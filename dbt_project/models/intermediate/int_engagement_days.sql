-- Completed engagement of each tenant by local day.
select tenant_id, day, count(*) as completed_count
from {{ ref('int_engagement') }}
where status = 'completed'
group by tenant_id, day
