-- What is to be paid back of each cancelled booking. Forfeiture is what the ledger says, else what the
-- tenant's rule gives. Tax of an invoice can be reversed until 30 November after its fiscal year.
with realty as (select * from {{ ref('stg_realty') }} where is_by_booking),

withdrawn as (

    select subjects.tenant_id, subjects.customer_id, subjects.document_key,
        min(entries.ledger_date) as reversed_on
    from {{ ref('int_entry_subjects') }} as subjects
    inner join {{ ref('int_ledger_entries') }} as entries
        on subjects.tenant_id = entries.tenant_id and subjects.entry_id = entries.entry_id
    where entries.purpose = 'withdrawal' and entries.movement < 0
    group by subjects.tenant_id, subjects.customer_id, subjects.document_key

),

receipts as (

    select tenant_id, instalment_id, sum(amount - base_amount) as tax
    from {{ ref('int_instalment_receipts') }}
    where settles_by <> 'other'
    group by tenant_id, instalment_id

),

taxes as (

    select
        plan.tenant_id, plan.booking_id, plan.as_of_date, receipts.tax, withdrawn.reversed_on,
        {{ tax_reversal_end('plan.demand_date', 'tenants.fiscal_year_start') }} as reversal_end
    from {{ ref('int_instalments') }} as plan
    inner join {{ ref('stg_tenants') }} as tenants on plan.tenant_id = tenants.tenant_id
    inner join receipts on plan.tenant_id = receipts.tenant_id and plan.instalment_id = receipts.instalment_id
    left join withdrawn
        on plan.tenant_id = withdrawn.tenant_id and plan.customer_id = withdrawn.customer_id
        and plan.document_key = withdrawn.document_key
    where plan.is_cancelled and receipts.tax > 0

),

taxed as (

    select
        tenant_id, booking_id, sum(tax) as tax,
        sum(case when coalesce(reversed_on, as_of_date) > reversal_end
            then tax else 0 end) as tax_not_reversed,
        min(reversal_end) as credit_notes_by,
        min(case when reversed_on is null then reversal_end end) as still_to_reverse_by
    from taxes
    group by tenant_id, booking_id

),

sums as (

    select
        accounts.tenant_id, accounts.booking_id, accounts.customer_id, accounts.project_id,
        bookings.cancelled_on,
        accounts.booking_amount, bookings.cancellation_refund_amount, realty.as_of_date, accounts.refund_paid,
        accounts.received_cash + accounts.received_tds as received,
        coalesce(taxed.tax, 0) as tax,
        coalesce(taxed.tax_not_reversed, 0) as tax_not_reversed,
        taxed.credit_notes_by, taxed.still_to_reverse_by,
        accounts.interest_accrued - accounts.interest_dropped as interest,
        accounts.forfeited as forfeited_in_ledger,
        case when bookings.agreement_date <= bookings.cancelled_on
            then {{ percent_of('realty.forfeiture_percent', 'accounts.booking_amount') }}
            else 0 end as forfeiture,
        realty.forfeiture_gst_percent
    from {{ ref('booking_accounts') }} as accounts
    inner join realty on accounts.tenant_id = realty.tenant_id
    inner join {{ ref('int_bookings') }} as bookings
        on accounts.tenant_id = bookings.tenant_id and accounts.booking_id = bookings.booking_id
        and bookings.is_cancelled
    left join taxed on accounts.tenant_id = taxed.tenant_id and accounts.booking_id = taxed.booking_id
    where bookings.status <> 'pending'

)

{{ cancellation_settlements('sums') }}
