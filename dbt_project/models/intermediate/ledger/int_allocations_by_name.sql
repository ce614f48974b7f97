{{ config(materialized='incremental', pre_hook="{{ forget_touched('touched_customers') }}") }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_customers') }}
-- First pass of allocation: credits that name one debit, by its id or its voucher number. Of a TDS
-- certificate only what may be deducted is used.
with entries as (

    select * from {{ ref('int_ledger_entries') }}
    where is_effective and movement <> 0 and {{ is_touched('int_ledger_entries', 'touched_customers') }}

),

credits_named as (

    select * from entries
    where movement < 0 and reference_document_id is not null

),

debit_names as (

    select *, entry_id as name from entries
    where movement > 0

    union all

    select *, ledger_code as name from entries
    where movement > 0 and ledger_code <> entry_id

),

naming as (

    select
        credit.tenant_id,
        credit.customer_id,
        credit.entry_id as credit_entry_id,
        credit.ledger_date,
        credit.entry_order,
        coalesce(subjects.usable_amount, -credit.movement) as credit_amount,
        debit.entry_id as debit_entry_id,
        debit.movement as debit_amount,
        row_number() over (
            partition by credit.tenant_id, credit.customer_id, credit.entry_id
            order by debit.entry_order
        ) as choice
    from credits_named as credit
    inner join debit_names as debit
        on credit.tenant_id = debit.tenant_id
        and credit.customer_id = debit.customer_id
        and credit.reference_document_id = debit.name
    left join {{ ref('int_entry_subjects') }} as subjects
        on credit.tenant_id = subjects.tenant_id
        and credit.entry_id = subjects.entry_id

),

credits as (

    select tenant_id, customer_id, debit_entry_id as match_key, credit_entry_id as entry_id,
        ledger_date as item_date, entry_order, credit_amount as open_amount
    from naming
    where choice = 1 and credit_amount > 0

),

debits as (

    select distinct tenant_id, customer_id, debit_entry_id as match_key, debit_entry_id as entry_id,
        cast(null as date) as item_date, 1 as entry_order, debit_amount as open_amount
    from naming
    where choice = 1

),

{{ match_in_order('debits', 'credits') }}

select * from matched
