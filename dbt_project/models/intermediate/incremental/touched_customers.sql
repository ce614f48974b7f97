-- depends_on: {{ ref('build_inputs') }}, {{ ref('superseded_customers') }}
-- depends_on: {{ ref('superseded_ledger_entries') }}, {{ ref('superseded_bookings') }}
{{ touched('customer_id', {
    'customers': {
        'relation': raw_rows('customers'), 'column': 'id', 'days': [], 'moments': [],
    },
    'ledger_entries': {
        'relation': raw_rows('ledger_entries'), 'column': 'customer_id',
        'days': ['ledger_date'], 'moments': [],
    },
    'bookings': {
        'relation': raw_rows('bookings'), 'column': 'customer_id',
        'days': ['booking_date', 'cancellation_date'], 'moments': ['updated_at'],
    },
}) }}
