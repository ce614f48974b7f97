-- What settles each instalment by the as-of day: which credit, on which day its money came, how much.
-- Where several share a voucher, money fills in their order what they leave after TDS and then the
-- TDS, certificates the TDS; a credit note goes to the instalment that it names. What finds no room
-- there fills what is left of the others.
with allocations as (

    select
        allocations.tenant_id, allocations.customer_id, debits.document_key,
        allocations.credit_entry_id as entry_id,
        credit.value_date as item_date, credit.entry_order,
        case when named.document_key = debits.document_key then named.instalment_id end as instalment_id,
        case
            when credit.purpose = 'tds' then 'tds'
            when credit.transaction_type = 'payment' then 'cash'
            else 'other'
        end as settles_by,
        credit.credit_amount, credit.tax_amount, allocations.amount
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

demands as (

    select subjects.tenant_id, subjects.customer_id, subjects.document_key, sum(entries.movement) as amount
    from {{ ref('int_entry_subjects') }} as subjects
    inner join {{ ref('int_ledger_entries') }} as entries
        on subjects.tenant_id = entries.tenant_id and subjects.entry_id = entries.entry_id
    where subjects.is_of_the_plan
    group by subjects.tenant_id, subjects.customer_id, subjects.document_key

),

plan as (

    select plan.*, least(plan.total, demands.amount - plan.total_before) as ledger_amount
    from {{ ref('int_instalments') }} as plan
    inner join demands
        on plan.tenant_id = demands.tenant_id and plan.customer_id = demands.customer_id
        and plan.document_key = demands.document_key
    where demands.amount > plan.total_before

),

slots as (

    select plan.tenant_id, plan.customer_id, plan.document_key || lane.name as match_key,
        plan.instalment_id as entry_id, cast(null as date) as item_date,
        case when lane.is_tds then plan.voucher_size else 0 end + plan.voucher_place as entry_order,
        case
            when lane.is_tds then least(plan.tds_amount, plan.ledger_amount - plan.total + plan.tds_amount)
            else least(plan.total - plan.tds_amount, plan.ledger_amount)
        end as open_amount
    from plan
    cross join (
        select ' money' as name, false as is_tds
        union all select ' money' as name, true as is_tds union all select ' tds' as name, true as is_tds
    ) as lane
    where plan.voucher_size > 1

),

room as (select * from slots where open_amount > 0),

drops as (

    select tenant_id, customer_id,
        document_key || case when settles_by = 'tds' then ' tds' else ' money' end as match_key,
        entry_id, item_date, entry_order, open_amount
    from pieces
    where settles_by <> 'other' or instalment_id is null

),

{{ match_in_order('room', 'drops', prefix='shared_') }},

{{ instalment_receipts('pieces', 'plan', 'shared_matched') }}
