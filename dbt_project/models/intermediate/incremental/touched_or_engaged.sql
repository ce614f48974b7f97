-- depends_on: {{ ref('build_inputs') }}, {{ ref('superseded_engagement') }}
-- Models that read no engagement go by touched_leads, which are half as many.
select tenant_id, lead_id from {{ ref('touched_leads') }}
union
select tenant_id, lead_id
from ({{ touched('lead_id', {
    'engagement': {
        'relation': ref('engagement_facts'), 'column': 'lead_id',
        'days': [], 'moments': ['engagement_date', 'response_date'],
    },
}) | indent }}) as engaged
