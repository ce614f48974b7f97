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
{#- A version that does not say when it was made counts from the day before it landed, in whatever zone. -#}
{%- set versions -%}
(
    select
        *,
        {%- for days in (-2, -1, 0) %}
        case when updated_at is null
            then {{ add_days(local_date('ingested_at', "'UTC'"), days) }} end as landed_on_{{ loop.index }}
            {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('landed_leads') }}
)
{%- endset %}
-- depends_on: {{ ref('build_inputs') }}, {{ ref('superseded_leads') }}, {{ ref('superseded_milestones') }}
-- depends_on: {{ ref('superseded_bookings') }}, {{ ref('superseded_customers') }}
{{ touched('lead_id', {
    'leads': {
        'relation': versions, 'column': 'id',
        'days': ['next_action_date', 'landed_on_1', 'landed_on_2', 'landed_on_3'],
        'moments': ['created_at', 'updated_at'],
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
