-- The open amount of each debit and each credit on the as-of day, by the days it is overdue.
with open_items as (

    select
        items.*,
        {{ days_between('items.due_date', 'tenants.as_of_date') }} as days_overdue
    from {{ ref('int_open_items') }} as items
    inner join {{ ref('stg_tenants') }} as tenants on items.tenant_id = tenants.tenant_id

)

select
    tenant_id,
    customer_id,
    entry_id,
    ledger_code,
    ledger_date,
    case when movement > 0 then due_date end as due_date,
    transaction_type,
    {{ money('movement') }} as original_amount,
    allocated_amount,
    open_amount,
    case when movement > 0 then greatest(days_overdue, 0) end as days_overdue,
    case
        when movement < 0 then 'unapplied_credit'
        when days_overdue <= 0 then 'not_due'
        when days_overdue <= 30 then 'days_1_30'
        when days_overdue <= 60 then 'days_31_60'
        when days_overdue <= 90 then 'days_61_90'
        when days_overdue <= 120 then 'days_91_120'
        else 'days_over_120'
    end as ageing_bucket
from open_items
