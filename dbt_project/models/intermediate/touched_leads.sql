-- depends_on: {{ ref('build_terms') }}, {{ ref('superseded_leads') }}, {{ ref('superseded_milestones') }}
-- depends_on: {{ ref('engagement_facts') }}, {{ ref('superseded_engagement') }}
-- depends_on: {{ ref('superseded_bookings') }}
{{ touched('lead_id', {
    'leads': {
        'relation': raw_rows('leads'), 'column': 'id',
        'days': ['next_action_date'], 'moments': ['created_at', 'updated_at'],
    },
    'milestones': {
        'relation': raw_rows('milestones'), 'column': 'lead_id',
        'days': ['milestone_date', 'follow_up_date'], 'moments': [],
    },
    'engagement': {
        'relation': ref('engagement_facts'), 'column': 'lead_id',
        'days': [], 'moments': ['engagement_date'],
    },
    'bookings': {
        'relation': raw_rows('bookings'), 'column': 'lead_id',
        'days': ['booking_date', 'cancellation_date'], 'moments': ['updated_at'],
    },
}) }}
