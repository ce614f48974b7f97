-- One row a finding about plans, bookings and units: which check, which record.
with tenants as (select * from {{ ref('stg_tenants') }}),

plan as (

    select instalments.*, terms.is_demanded, terms.transferred_from, terms.stage_completed_date as built_on,
        terms.is_live, realty.demand_lag_days, realty.as_of_date, terms.document_key
    from {{ ref('instalments') }} as instalments
    inner join {{ ref('int_instalments') }} as terms
        on instalments.tenant_id = terms.tenant_id and instalments.instalment_id = terms.instalment_id
    inner join {{ ref('stg_realty') }} as realty on instalments.tenant_id = realty.tenant_id

),

accounts as (

    select accounts.*, bookings.is_live, bookings.transferred_from, tenants.as_of_date
    from {{ ref('booking_accounts') }} as accounts
    inner join tenants on accounts.tenant_id = tenants.tenant_id
    left join {{ ref('bookings') }} as bookings
        on accounts.tenant_id = bookings.tenant_id and accounts.booking_id = bookings.booking_id
),

values_of_plans as (

    select tenant_id, booking_id, sum(amount) as amount from plan
    where kind = 'instalment' group by tenant_id, booking_id

),

units as (select * from {{ ref('units') }})
{% for check, condition in {
    'instalment_not_in_ledger': "is_demanded and ledger_amount = 0 and total > 0
        and state not in ('waived', 'withdrawn', 'transferred')",
    'demand_before_stage': 'is_demanded and stage_id is not null
        and (built_on is null or built_on > demand_date)',
    'stage_not_billed': "is_live and state = 'unbilled'
        and " ~ days_between('built_on', 'as_of_date') ~ ' > demand_lag_days',
    'due_before_demand': 'is_demanded and due_date < demand_date and transferred_from is null',
}.items() -%}
select tenant_id, '{{ check }}' as check_name, instalment_id as record_key
from plan where {{ condition }}
union all
{% endfor -%}
{% for check, condition in {
    'interest_overbilled': 'interest_unbilled < 0',
    'above_ten_percent_before_agreement': "is_live and received_base * 10 > booking_amount
        and (agreement_date is null or agreement_date > as_of_date)",
}.items() -%}
select tenant_id, '{{ check }}' as check_name, booking_id as record_key
from accounts where {{ condition }}
union all
{% endfor -%}
{% for check, condition in {
    'unit_sold_twice': 'live_bookings > 1',
    'unit_status_differs': "(record_status = 'sold' and live_bookings = 0)
        or (record_status in ('blocked', 'not_for_sale') and live_bookings > 0)",
    'block_expired': 'is_block_expired',
}.items() -%}
select tenant_id, '{{ check }}' as check_name, unit_id as record_key
from units where {{ condition }}
union all
{% endfor -%}
select accounts.tenant_id, 'plan_is_not_value' as check_name, accounts.booking_id as record_key
from accounts
inner join values_of_plans as plans
    on accounts.tenant_id = plans.tenant_id and accounts.booking_id = plans.booking_id
where accounts.is_live and accounts.transferred_from is null and plans.amount <> accounts.booking_amount
union all
select distinct tenant_id, 'interest_rate_missing' as check_name, instalment_id as record_key
from {{ ref('int_interest_lines') }}
where rate_percent is null
union all
select distinct tenant_id, 'tds_certificate_overdue' as check_name, instalment_id as record_key
from {{ ref('tds_awaited') }}
where days_overdue > 0
union all
select distinct tenant_id, 'shares_not_100' as check_name, booking_id as record_key
from {{ ref('booking_parties') }}
where not has_shares and (parties > 1 or recorded_percent is not null)
union all
{% for check, condition in {
    'refund_differs': 'recorded_refund_amount <> refund_due_amount',
    'refund_waits': 'refund_open_amount > 0 and days_open > 45',
}.items() -%}
select tenant_id, '{{ check }}' as check_name, booking_id as record_key
from {{ ref('cancellation_settlements') }} where {{ condition }}
union all
{% endfor -%}
select settlements.tenant_id, 'tax_reversal_ends' as check_name, settlements.booking_id as record_key
from {{ ref('cancellation_settlements') }} as settlements
inner join tenants
    on settlements.tenant_id = tenants.tenant_id
    and settlements.still_to_reverse_by >= tenants.as_of_date
    and settlements.still_to_reverse_by <= {{ add_days('tenants.as_of_date', 60) }}
union all
select tenant_id, 'brokerage_paid_unearned' as check_name,
    channel_partner_id || ' ' || booking_id as record_key
from {{ ref('brokerage') }}
where recoverable > 0
