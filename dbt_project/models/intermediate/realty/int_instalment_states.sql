-- Each instalment as it stands on the as-of day: what the ledger has of it, what came in cash and by
-- TDS certificate, what is open of both, and since when.
with plan as (select * from {{ ref('int_instalments') }}),

demands as (

    select subjects.tenant_id, subjects.customer_id, subjects.document_key, sum(entries.movement) as amount
    from {{ ref('int_entry_subjects') }} as subjects
    inner join {{ ref('int_ledger_entries') }} as entries
        on subjects.tenant_id = entries.tenant_id and subjects.entry_id = entries.entry_id
    where subjects.is_of_the_plan
    group by subjects.tenant_id, subjects.customer_id, subjects.document_key

),

receipts as (

    select tenant_id, instalment_id, sum(amount) as settled,
        sum(case when settles_by = 'cash' then amount else 0 end) as received_cash,
        sum(case when settles_by = 'tds' then amount else 0 end) as received_tds,
        sum(case when settles_by <> 'other' then base_amount else 0 end) as received_base
    from {{ ref('int_instalment_receipts') }}
    group by tenant_id, instalment_id

),

settled as (

    select
        plan.*,
        coalesce(receipts.received_cash, 0) as received_cash,
        coalesce(receipts.received_tds, 0) as received_tds,
        coalesce(receipts.received_base, 0) as received_base,
        coalesce(receipts.settled, 0) as settled,
        case when demands.amount > plan.total_before
            then least(plan.total, demands.amount - plan.total_before) else 0 end as ledger_amount,
        plan.is_demanded and not plan.is_waived and not plan.is_cancelled and not plan.is_transferred
            as is_asked
    from plan
    left join demands
        on plan.tenant_id = demands.tenant_id
        and plan.customer_id = demands.customer_id
        and plan.document_key = demands.document_key
    left join receipts
        on plan.tenant_id = receipts.tenant_id
        and plan.instalment_id = receipts.instalment_id

),

opened as (

    select *,
        case when is_asked then {{ open_cash('ledger_amount', 'tds_amount', 'settled', 'received_tds') }}
            else 0 end as open_cash,
        case when is_asked
            then greatest(least(ledger_amount - settled, tds_amount - received_tds), 0)
            else 0 end as open_tds,
        {{ days_between('due_date', 'as_of_date') }} as days
    from settled

)

select
    tenant_id, instalment_id, booking_id, customer_id, project_id, cast(number as integer) as number, label,
    stage_id, stage_name, stage_planned_date, stage_completed_date, kind,
    case
        when is_waived then 'waived'
        when is_cancelled then 'withdrawn'
        when is_transferred then 'transferred'
        when is_demanded and ledger_amount = 0 and total > 0 then 'demanded'
        when is_demanded and open_cash + open_tds = 0 then 'paid'
        when is_demanded and open_cash = 0 then 'tds_awaited'
        when is_demanded and days > 0 then 'overdue'
        when is_demanded then 'demanded'
        when stage_completed_date <= as_of_date then 'unbilled'
        else 'planned'
    end as state,
    {%- for amount in [
        'amount', 'tax_amount', 'total', 'tds_amount', 'ledger_amount', 'received_cash', 'received_tds',
        'received_base', 'open_cash', 'open_tds',
    ] %}
    {{ money('coalesce(' ~ amount ~ ', 0)') }} as {{ amount }},
    {%- endfor %}
    expected_date, cast(due_days as integer) as due_days, demand_date, due_date, demand_voucher, waived_on,
    case when open_cash > 0 and days > 0 then days else 0 end as days_overdue,
    case when open_cash > 0 then {{ ageing_bucket('days') }} end as ageing_bucket
from opened
