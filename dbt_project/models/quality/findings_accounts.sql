-- One row a finding about bookings and ledger entries: which check, which record.
with tenants as (select * from {{ ref('stg_tenants') }}),

bookings as (

    select bookings.*, customers.customer_id is not null as is_known_customer,
        leads.id is not null as is_known_lead
    from {{ ref('stg_bookings') }} as bookings
    inner join tenants
        on bookings.tenant_id = tenants.tenant_id and bookings.booking_date <= tenants.as_of_date
    left join {{ ref('stg_customers') }} as customers
        on bookings.tenant_id = customers.tenant_id and bookings.customer_id = customers.customer_id
    left join {{ ref('base_leads') }} as leads
        on bookings.tenant_id = leads.tenant_id and bookings.lead_id = leads.id

),

entries as (select * from {{ ref('int_ledger_entries') }}),

pairs as (

    select tenant_id, entry_id from {{ ref('int_reversal_pairs') }}
    union
    select tenant_id, contra_entry_id as entry_id from {{ ref('int_reversal_pairs') }}

)

{% for check, condition in {
    'booking_unknown_customer': 'not is_known_customer',
    'booking_unknown_lead': 'lead_id is not null and not is_known_lead',
    'booking_without_lead': 'lead_id is null',
    'booking_cancelled_without_date': "status = 'cancelled' and cancellation_date is null",
    'booking_date_without_cancellation': "status <> 'cancelled' and cancellation_date is not null",
    'booking_cancelled_before_booked': "status = 'cancelled' and cancellation_date < booking_date",
    'booking_refund_above_amount': 'cancellation_refund_amount > booking_amount',
    'booking_units_above_count': 'units_booked > unit_count',
}.items() -%}
select tenant_id, '{{ check }}' as check_name, booking_id as record_key
from bookings where {{ condition }}
union all
{% endfor -%}
select bookings.tenant_id, 'booking_after_as_of' as check_name, bookings.booking_id as record_key
from {{ ref('stg_bookings') }} as bookings
inner join tenants
    on bookings.tenant_id = tenants.tenant_id and bookings.booking_date > tenants.as_of_date
union all
select entries.tenant_id, 'ledger_after_as_of' as check_name, entries.entry_id as record_key
from {{ ref('stg_ledger_entries') }} as entries
inner join tenants
    on entries.tenant_id = tenants.tenant_id and entries.ledger_date > tenants.as_of_date
union all
{% for check, condition in {
    'ledger_balance_after_differs': 'is_effective and balance_after <> running_balance',
    'ledger_zero_amount': 'debit_amount = 0 and credit_amount = 0',
    'ledger_wrong_side': "is_effective and (
        (transaction_type in ('payment', 'credit_note') and debit_amount > 0)
        or (transaction_type in ('invoice', 'debit_note') and credit_amount > 0))",
    'ledger_unknown_customer': 'not is_known_customer',
}.items() -%}
select tenant_id, '{{ check }}' as check_name, entry_id as record_key
from entries where {{ condition }}
union all
{% endfor -%}
select entries.tenant_id, 'ledger_reversal_unpaired' as check_name, entries.entry_id as record_key
from entries
left join pairs on entries.tenant_id = pairs.tenant_id and entries.entry_id = pairs.entry_id
where entries.status = 'reversed' and entries.debit_amount <> entries.credit_amount and pairs.entry_id is null
union all
select distinct candidates.tenant_id, 'ledger_mirror_uncertain' as check_name,
    candidates.contra_entry_id as record_key
from {{ ref('int_mirror_candidates') }} as candidates
left join pairs as undone_pairs
    on candidates.tenant_id = undone_pairs.tenant_id and candidates.entry_id = undone_pairs.entry_id
left join pairs as contra_pairs
    on candidates.tenant_id = contra_pairs.tenant_id and candidates.contra_entry_id = contra_pairs.entry_id
where
    candidates.contra_status = 'active'
    and undone_pairs.entry_id is null and contra_pairs.entry_id is null
union all
select tenant_id, 'ledger_voucher_repeated' as check_name, ledger_code as record_key
from entries
where is_effective
group by tenant_id, customer_id, ledger_code
having count(*) > 1
union all
select tenant_id, 'ledger_current_balance_differs' as check_name, customer_id as record_key
from {{ ref('customers') }}
where current_balance <> balance
