{{ config(materialized='incremental', pre_hook="{{ forget_touched('touched_customers') }}") }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_customers') }}
-- Last pass: what is still left of each customer's credits pays the debit that is due first. A
-- credit of a booking pays that booking's debits only; one of none pays what they leave open.
with entries as (

    select
        entries.*,
        coalesce(subjects.booking_id, '') as booking_key,
        coalesce(subjects.usable_amount, abs(entries.movement)) as usable_amount
    from {{ ref('int_ledger_entries') }} as entries
    left join {{ ref('int_entry_subjects') }} as subjects
        on entries.tenant_id = subjects.tenant_id
        and entries.entry_id = subjects.entry_id
    where
        entries.is_effective and entries.movement <> 0
        and {{ is_touched('entries', 'touched_customers') }}

),

allocated as (

    {{ allocated_amounts([ref('int_allocations_by_name'), ref('int_allocations_by_document')]) }}

),

open_entries as (

    select
        entries.tenant_id,
        entries.customer_id,
        entries.booking_key as match_key,
        entries.entry_id,
        entries.movement > 0 as is_debit,
        case when entries.movement > 0 then entries.due_date else entries.ledger_date end as item_date,
        entries.entry_order,
        entries.usable_amount - coalesce(allocated.amount, 0) as open_amount
    from entries
    left join allocated
        on entries.tenant_id = allocated.tenant_id
        and entries.entry_id = allocated.entry_id

),

debits as (select * from open_entries where is_debit and open_amount > 0),

credits as (select * from open_entries where not is_debit and open_amount > 0),

{{ match_in_order('debits', 'credits') }},

used as (

    {{ allocated_amounts(['matched']) }}

),

loose_credits as (

    select credits.tenant_id, credits.customer_id, credits.match_key, credits.entry_id,
        credits.item_date, credits.entry_order,
        credits.open_amount - coalesce(used.amount, 0) as open_amount
    from credits
    left join used on credits.tenant_id = used.tenant_id and credits.entry_id = used.entry_id
    where credits.match_key = '' and credits.open_amount > coalesce(used.amount, 0)

),

loose_debits as (

    select debits.tenant_id, debits.customer_id, '' as match_key, debits.entry_id,
        debits.item_date, debits.entry_order,
        debits.open_amount - coalesce(used.amount, 0) as open_amount
    from debits
    left join used on debits.tenant_id = used.tenant_id and debits.entry_id = used.entry_id
    where debits.match_key <> '' and debits.open_amount > coalesce(used.amount, 0)

),

{{ match_in_order('loose_debits', 'loose_credits', prefix='loose_') }}

select * from matched
union all
select * from loose_matched
