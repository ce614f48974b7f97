with base as (

    select * from {{ ref('base_ledger_entries') }}

),

renamed as (

    select
        tenant_id,
        id as entry_id,
        customer_id,
        ledger_code,
        ledger_date,
        transaction_type,
        reference_document_type,
        reference_document_id,
        coalesce(debit_amount, 0) as debit_amount,
        coalesce(credit_amount, 0) as credit_amount,
        balance_after,
        due_date,
        description,
        remarks,
        coalesce(status, 'active') as status,
        booking_id,
        coalesce(
            purpose, case when transaction_type in ('invoice', 'payment') then 'instalment' else 'other' end
        ) as purpose,
        tax_amount,
        coalesce(value_date, ledger_date) as value_date,
        created_at,
        updated_at,
        created_by,
        extra,
        quality_flags,
        source_system,
        source_file,
        source_row,
        batch_id,
        ingested_at
    from base
    where deleted_at is null

)

select * from renamed
