-- What buyers deducted when they paid and gave no certificate for yet. A payment deducted its share
-- of the instalment's TDS, all together no more than is open and received of it: who paid everything
-- in cash deducted nothing. Certificates settle the oldest deduction first.
with payments as (

    select
        receipts.tenant_id, receipts.instalment_id, receipts.booking_id, receipts.customer_id,
        receipts.credit_entry_id, receipts.value_date as payment_date, receipts.entry_order,
        opened.open_tds + opened.received_tds as most,
        opened.received_tds,
        {{ share_of('receipts.amount', 'opened.tds_amount', 'opened.total - opened.tds_amount') }} as share
    from {{ ref('int_instalment_receipts') }} as receipts
    inner join {{ ref('instalments') }} as opened
        on receipts.tenant_id = opened.tenant_id
        and receipts.instalment_id = opened.instalment_id
    where receipts.settles_by = 'cash' and opened.open_tds > 0 and opened.total > opened.tds_amount

),

summed as (

    select *, sum(share) over (
        partition by tenant_id, instalment_id order by payment_date, entry_order
        rows between unbounded preceding and current row
    ) as shares
    from payments

),

deductions as (

    select *,
        least(shares, most) as deducted_so_far,
        least(shares, most) - least(shares - share, most) as deducted
    from summed

),

awaited as (

    select
        deductions.*,
        least(deducted, greatest(deducted_so_far - received_tds, 0)) as awaited,
        {{ add_days(add_months(month_of('payment_date'), 1), 29) }} as statement_due
    from deductions

)

select
    awaited.tenant_id, instalment_id, booking_id, customer_id, credit_entry_id, payment_date,
    {{ money('deducted') }} as deducted,
    {{ money('awaited') }} as awaited,
    statement_due,
    {{ add_days('statement_due', 15) }} as certificate_due,
    greatest({{ days_between(add_days('statement_due', 15), 'tenants.as_of_date') }}, 0) as days_overdue
from awaited
inner join {{ ref('stg_tenants') }} as tenants on awaited.tenant_id = tenants.tenant_id
where awaited > 0
