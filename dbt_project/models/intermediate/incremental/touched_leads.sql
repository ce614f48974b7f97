{#- A lead says whether its customer is known. -#}
{%- set leads_of_customers -%}
(
    select customers.tenant_id, customers.batch_id, customers.source_file, customers.source_row,
        leads.id as lead_id
    from {{ ref('landed_customers') }} as customers
    inner join {{ ref('landed_leads') }} as leads
        on customers.tenant_id = leads.tenant_id and customers.id = leads.customer_id
)
{%- endset %}
-- depends_on: {{ ref('build_inputs') }}, {{ ref('superseded_leads') }}, {{ ref('superseded_milestones') }}
-- depends_on: {{ ref('superseded_bookings') }}, {{ ref('superseded_customers') }}
{{ touched('lead_id', {
    'leads': {
        'relation': ref('landed_leads'), 'column': 'id',
        'days': ['next_action_date'], 'moments': ['created_at', 'updated_at'],
    },
    'milestones': {
        'relation': ref('landed_milestones'), 'column': 'lead_id',
        'days': ['milestone_date', 'follow_up_date'], 'moments': [],
    },
    'bookings': {
        'relation': ref('landed_bookings'), 'column': 'lead_id',
        'days': ['booking_date', 'cancellation_date'], 'moments': ['updated_at'],
    },
    'customers': {'relation': leads_of_customers, 'column': 'lead_id', 'days': [], 'moments': []},
}) }}
