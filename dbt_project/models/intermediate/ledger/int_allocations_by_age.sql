{{ config(materialized='incremental', pre_hook="{{ forget_touched('touched_customers') }}") }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_customers') }}
-- Last pass: what is still left of each customer's credits pays the debit that is due first.
with entries as (

    select * from {{ ref('int_ledger_entries') }}
    where is_effective and movement <> 0 and {{ is_touched('int_ledger_entries', 'touched_customers') }}

),

allocated as (

    {{ allocated_amounts([ref('int_allocations_by_name'), ref('int_allocations_by_document')]) }}

),

open_entries as (

    select
        entries.tenant_id,
        entries.customer_id,
        '' as match_key,
        entries.entry_id,
        entries.movement > 0 as is_debit,
        case when entries.movement > 0 then entries.due_date else entries.ledger_date end as item_date,
        entries.entry_order,
        abs(entries.movement) - coalesce(allocated.amount, 0) as open_amount
    from entries
    left join allocated
        on entries.tenant_id = allocated.tenant_id
        and entries.entry_id = allocated.entry_id

),

debits as (select * from open_entries where is_debit and open_amount > 0),

credits as (select * from open_entries where not is_debit and open_amount > 0),

{{ match_in_order('debits', 'credits') }}

select * from matched
