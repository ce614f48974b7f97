{%- set took_over -%}
(
    select older.tenant_id, older.customer_id, newer.booking_date, newer.batch_id, newer.source_file,
        newer.source_row
    from {{ ref('landed_bookings') }} as newer
    inner join {{ ref('landed_bookings') }} as older
        on newer.tenant_id = older.tenant_id
        and newer.transferred_from = older.id
    where newer.transferred_from is not null
)
{%- endset -%}
{%- set of_bookings -%}
(
    select plan.tenant_id, bookings.customer_id, plan.batch_id, plan.source_file, plan.source_row
    from {{ ref('landed_instalments') }} as plan
    inner join {{ ref('stg_bookings') }} as bookings
        on plan.tenant_id = bookings.tenant_id
        and plan.booking_id = bookings.booking_id
)
{%- endset -%}
-- depends_on: {{ ref('build_inputs') }}, {{ ref('superseded_customers') }}
-- depends_on: {{ ref('superseded_ledger_entries') }}, {{ ref('superseded_bookings') }}
-- depends_on: {{ ref('superseded_instalments') }}
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
    'bookings taken over': {
        'entity': 'bookings', 'relation': took_over, 'column': 'customer_id',
        'days': ['booking_date'], 'moments': [],
    },
    'instalments': {
        'relation': of_bookings, 'column': 'customer_id', 'days': [], 'moments': [],
    },
}) }}
