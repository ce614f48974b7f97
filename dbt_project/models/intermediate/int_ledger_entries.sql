-- Ledger entries up to the as-of day in the order of the account: what counts, what does not and
-- why, and the running balance over what counts.
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
        entries.*,
        tenants.as_of_date,
        customers.customer_id is not null as is_known_customer,
        coalesce(
            entries.due_date,
            {{ add_days('entries.ledger_date', 'coalesce(customers.credit_days, 0)') }}
        ) as effective_due_date,
        {{ local_date('entries.created_at', 'tenants.timezone') }} as entered_date,
        case
            when entries.status <> 'active' then entries.status
            when contras.entry_id is not null then 'reversal'
        end as exclusion_reason,
        max(entries.ledger_date) over (
            partition by entries.tenant_id, entries.customer_id
            order by entries.created_at asc nulls last, entries.ledger_date asc
            rows between unbounded preceding and 1 preceding
        ) as newest_date_entered
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
    coalesce(created_at is not null and newest_date_entered > ledger_date, false) as is_back_dated,
    case when is_effective then row_number() over (
        partition by tenant_id, customer_id, is_effective
        order by ledger_date asc, created_at asc nulls last, ledger_code asc, entry_id asc
    ) end as entry_order,
    -- Debits are paid in the order in which they fall due, credits used in the order of the account.
    row_number() over (
        partition by tenant_id, customer_id
        order by
            case when movement > 0 then effective_due_date else ledger_date end asc,
            ledger_date asc, created_at asc nulls last, ledger_code asc, entry_id asc
    ) as allocation_order,
    {{ money("sum(movement) over (
        partition by tenant_id, customer_id
        order by ledger_date asc, created_at asc nulls last, ledger_code asc, entry_id asc
        rows between unbounded preceding and current row
    )") }} as running_balance
from signed
