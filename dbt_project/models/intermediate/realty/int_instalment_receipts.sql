-- What settles each instalment by the as-of day: which credit, on which day its money came, how much.
-- Where several share a voucher, money fills what they leave after TDS in their order and then the
-- TDS, certificates the TDS; a credit note goes to the instalment that it names.
with allocations as (

    select
        allocations.tenant_id, allocations.customer_id, debits.document_key,
        allocations.credit_entry_id as entry_id,
        credit.value_date as item_date,
        credit.entry_order,
        named.instalment_id,
        case
            when credit.purpose = 'tds' then 'tds'
            when credit.transaction_type = 'payment' then 'cash'
            else 'other'
        end as settles_by,
        credit.credit_amount, credit.tax_amount,
        allocations.amount
    from {{ ref('int_allocations') }} as allocations
    inner join {{ ref('int_entry_subjects') }} as debits
        on allocations.tenant_id = debits.tenant_id
        and allocations.debit_entry_id = debits.entry_id
        and debits.is_of_the_plan
    inner join {{ ref('int_ledger_entries') }} as credit
        on allocations.tenant_id = credit.tenant_id
        and allocations.credit_entry_id = credit.entry_id
    inner join {{ ref('stg_realty') }} as realty
        on allocations.tenant_id = realty.tenant_id
        and credit.value_date <= realty.as_of_date
    inner join {{ ref('int_entry_subjects') }} as named
        on allocations.tenant_id = named.tenant_id
        and allocations.credit_entry_id = named.entry_id

),

pieces as (

    select tenant_id, customer_id, document_key, entry_id, item_date, entry_order, instalment_id,
        settles_by, credit_amount, tax_amount, sum(amount) as open_amount
    from allocations
    group by
        tenant_id, customer_id, document_key, entry_id, item_date, entry_order, instalment_id,
        settles_by, credit_amount, tax_amount

),

plan as (select * from {{ ref('int_instalments') }}),

shared as (select * from plan where voucher_size > 1),

slots as (

    select tenant_id, customer_id, document_key || ' money' as match_key, instalment_id as entry_id,
        cast(null as date) as item_date, voucher_place as entry_order, total - tds_amount as open_amount
    from shared
    where total > tds_amount
    union all
    select tenant_id, customer_id, document_key || lane.name as match_key, instalment_id as entry_id,
        cast(null as date) as item_date, voucher_size + voucher_place as entry_order,
        tds_amount as open_amount
    from shared
    cross join (select ' money' as name union all select ' tds' as name) as lane
    where tds_amount > 0

),

drops as (

    select tenant_id, customer_id,
        document_key || case when settles_by = 'tds' then ' tds' else ' money' end as match_key,
        entry_id, item_date, entry_order, open_amount
    from pieces
    where settles_by <> 'other' or instalment_id is null

),

{{ match_in_order('slots', 'drops', prefix='shared_') }},

{{ instalment_receipts('pieces', 'plan', 'shared_matched') }}
