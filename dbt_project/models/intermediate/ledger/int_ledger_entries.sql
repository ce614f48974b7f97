{{ config(materialized='incremental', pre_hook="{{ forget_touched('touched_customers') }}") }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_customers') }}
-- Ledger entries up to the as-of day in the order of the account: whether each counts, why not, and
-- the running balance over the entries that count. One order serves every window: date, creation,
-- voucher, id.
with tenants as (

    select * from {{ ref('stg_tenants') }}

),

customers as (

    select tenant_id, customer_id, credit_days from {{ ref('stg_customers') }}

),

contras as (

    select distinct tenant_id, contra_entry_id as entry_id from {{ ref('int_reversal_pairs') }}

),

judged as (

    select
        entries.tenant_id, entries.entry_id, entries.customer_id, entries.ledger_code,
        entries.ledger_date, entries.created_at, entries.transaction_type,
        entries.reference_document_type, entries.reference_document_id,
        entries.debit_amount, entries.credit_amount, entries.balance_after,
        entries.description, entries.remarks, entries.status, entries.quality_flags,
        entries.booking_id, entries.purpose, entries.tax_amount, entries.value_date,
        customers.customer_id is not null as is_known_customer,
        coalesce(
            entries.due_date,
            {{ add_days('entries.ledger_date', 'coalesce(customers.credit_days, 0)') }}
        ) as due_date,
        {{ local_date('entries.created_at', 'tenants.timezone') }} as entered_date,
        case
            when entries.status <> 'active' then entries.status
            when contras.entry_id is not null then 'reversal'
        end as exclusion_reason
    from {{ ref('stg_ledger_entries') }} as entries
    inner join tenants
        on entries.tenant_id = tenants.tenant_id
        and entries.ledger_date <= tenants.as_of_date
    left join customers
        on entries.tenant_id = customers.tenant_id
        and entries.customer_id = customers.customer_id
    left join contras
        on entries.tenant_id = contras.tenant_id
        and entries.entry_id = contras.entry_id
    where {{ is_touched('entries', 'touched_customers') }}

),

signed as (

    select
        *,
        exclusion_reason is null as is_effective,
        case when exclusion_reason is null then debit_amount - credit_amount else 0 end as movement
    from judged

)

select
    *,
    -- An entry is back-dated if one that follows it in the account was made before it.
    coalesce(
        min(created_at) over (account rows between 1 following and unbounded following) < created_at,
        false
    ) as is_back_dated,
    case when is_effective then
        count(case when is_effective then 1 end) over (
            account rows between unbounded preceding and current row
        )
    end as entry_order,
    {{ money_sum('sum(movement) over (account rows between unbounded preceding and current row)') }}
        as running_balance
from signed
window account as (
    partition by tenant_id, customer_id
    order by ledger_date asc, created_at asc nulls last, ledger_code asc, entry_id asc
)
