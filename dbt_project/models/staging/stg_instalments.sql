with base as (

    select * from {{ ref('base_instalments') }}

),

renamed as (

    select
        tenant_id,
        id as instalment_id,
        booking_id,
        number,
        label,
        stage_id,
        coalesce(kind, 'instalment') as kind,
        amount,
        coalesce(tax_amount, 0) as tax_amount,
        expected_date,
        due_days,
        demand_date,
        due_date,
        demand_voucher,
        waived_on
    from base
    where deleted_at is null

)

select * from renamed
