-- depends_on: {{ ref('build_inputs') }}, {{ ref('superseded_customers') }}
-- depends_on: {{ ref('superseded_ledger_entries') }}, {{ ref('superseded_bookings') }}
{{ touched('customer_id', {
    'customers': {
        'relation': ref('landed_customers'), 'column': 'id', 'days': [], 'moments': [],
    },
    'ledger_entries': {
        'relation': ref('landed_ledger_entries'), 'column': 'customer_id',
        'days': ['ledger_date'], 'moments': [],
    },
    'bookings': {
        'relation': ref('landed_bookings'), 'column': 'customer_id',
        'days': ['booking_date', 'cancellation_date'], 'moments': ['updated_at'],
    },
}) }}
