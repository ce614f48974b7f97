{{ config(materialized='incremental', pre_hook="{{ forget_touched('touched_customers') }}") }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_customers') }}
-- Second pass: what is left of credits and debits that refer to the same document; an instalment and
-- the invoice that demanded it are one.
with entries as (

    select
        entries.*,
        subjects.document_key,
        coalesce(subjects.usable_amount, abs(entries.movement)) as usable_amount
    from {{ ref('int_ledger_entries') }} as entries
    left join {{ ref('int_entry_subjects') }} as subjects
        on entries.tenant_id = subjects.tenant_id
        and entries.entry_id = subjects.entry_id
    where
        entries.is_effective and entries.movement <> 0
        and (entries.reference_document_id is not null or subjects.document_key is not null)
        and {{ is_touched('entries', 'touched_customers') }}

),

allocated as (

    {{ allocated_amounts([ref('int_allocations_by_name')]) }}

),

open_entries as (

    select
        entries.tenant_id,
        entries.customer_id,
        coalesce(
            entries.document_key,
            coalesce(entries.reference_document_type, '') || ' ' || entries.reference_document_id
        ) as match_key,
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

{{ match_in_order('debits', 'credits') }}

select * from matched
