select
    tenant_id,
    date,
    {{ (dashboard_kpis() + dashboard_net_figures()) | join(',\n    ') }}
from {{ ref('int_dashboard_days') }}
where days_back <= 400
