{%- set of_receivables = [
    'receivable', 'customer_credits', 'overdue_total', 'invoiced', 'paid', 'collection_pct',
    'invoiced_per_customer', 'collection_efficiency_pct',
] %}
{%- set of_counts = [
    'leads_in_new_status_asof', 'open_leads', 'open_leads_engaged', 'customers_status_active',
    'follow_ups_overdue', 'follow_ups_due_today', 'follow_ups_undated', 'engagement_leads_touched',
    'engagement_pending', 'engagement_failed', 'pending_bookings', 'refunds_promised',
] %}
-- The eleven figures on the as-of day with their comparisons, the figures beside them, and the eleven
-- as the old dashboard counted them.
select
    kpis.*,
    {{ money_sum('kpis.booked_amount - kpis.net_booked_amount') }} as cancelled_amount,
    {%- for figure in of_receivables %}
    receivables.{{ figure }},
    {%- endfor %}
    {%- for figure in of_counts %}
    counts.{{ figure }},
    {%- endfor %}
    coalesce(responses.unanswered_leads, 0) as unanswered_leads,
    responses.oldest_unanswered_days,
    responses.median_first_response_hours,
    responses.p90_first_response_hours,
    -- A tenant that records no engagement does not answer late: its response times are unknown.
    {%- for hours in (1, 24) %}
    case when responses.responded_leads > 0
        then {{ rate('responses.responded_' ~ hours ~ 'h', 'responses.due_' ~ hours ~ 'h') }} end
        as first_response_{{ hours }}h_rate,
    {%- endfor %}
    {{ rate('counts.open_leads_engaged', 'counts.open_leads') }} as open_leads_engaged_rate,
    {%- for kpi in dashboard_kpis() if kpi != 'active_customers' %}
    legacy.{{ kpi }}_legacy,
    {%- endfor %}
    {{ rate('kpis.qualified_leads', 'kpis.total_leads') }} as lead_quality_rate,
    {{ rate('kpis.total_bookings', 'kpis.converted_leads') }} as bookings_per_converted_lead
from {{ ref('int_kpi_comparisons') }} as kpis
inner join {{ ref('receivables') }} as receivables on kpis.tenant_id = receivables.tenant_id
inner join {{ ref('int_kpi_counts') }} as counts on kpis.tenant_id = counts.tenant_id
left join {{ ref('int_first_response') }} as responses on kpis.tenant_id = responses.tenant_id
inner join {{ ref('int_kpi_legacy') }} as legacy on kpis.tenant_id = legacy.tenant_id
