-- The old funnel view's figures: every lead by the month of its record and the status on it now.
select
    tenant_id,
    {{ month_of('created_date') }} as month,
    {%- for status in lead_statuses() %}
    count(case when status = '{{ status }}' then 1 end) as leads_{{ status }}_legacy,
    {%- endfor %}
    count(*) as total_leads_legacy
from {{ ref('int_leads') }}
group by tenant_id, {{ month_of('created_date') }}
