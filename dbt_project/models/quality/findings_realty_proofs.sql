-- One row a broken proof of plans, accounts of bookings, interest, forecast and units.
select customers.tenant_id, 'booking_accounts_are_customers' as check_name,
    customers.customer_id as record_key
from {{ ref('customers') }} as customers
inner join {{ ref('stg_realty') }} as realty
    on customers.tenant_id = realty.tenant_id and realty.is_by_booking
left join (
    select tenant_id, customer_id, sum(balance) as balance
    from {{ ref('booking_accounts') }}
    group by tenant_id, customer_id
) as accounts
    on customers.tenant_id = accounts.tenant_id and customers.customer_id = accounts.customer_id
where customers.balance <> coalesce(accounts.balance, 0)
union all
select tenant_id, 'booking_parts_are_balance' as check_name, booking_id as record_key
from {{ ref('booking_accounts') }}
where
    balance <> not_due + overdue + open_tds + open_interest + open_other + unapplied_credit
    or overdue <> {{ ageing_buckets()[1:6] | join(' + ') }}
    or open_interest < 0 or open_other < 0 or unapplied_credit > 0
union all
select tenant_id, 'instalment_within_total' as check_name, instalment_id as record_key
from {{ ref('instalments') }}
where
    received_cash + received_tds + open_cash + open_tds > total
    or open_cash < 0 or open_tds < 0 or ledger_amount > total
union all
select accounts.tenant_id, 'interest_lines_are_accrued' as check_name, accounts.booking_id as record_key
from {{ ref('booking_accounts') }} as accounts
left join (
    select tenant_id, booking_id, sum(interest) as interest,
        count(case when {{ days_between('from_date', 'to_date') }} + 1 <> days or days < 1 then 1 end)
            as bad_lines
    from {{ ref('interest_lines') }}
    group by tenant_id, booking_id
) as lines
    on accounts.tenant_id = lines.tenant_id and accounts.booking_id = lines.booking_id
where accounts.interest_accrued <> coalesce(lines.interest, 0) or lines.bad_lines > 0
union all
select weeks.tenant_id, 'collection_weeks_are_items' as check_name, weeks.project_id as record_key
from (
    select tenant_id, project_id, sum(expected_amount) as expected
    from {{ ref('collection_weeks') }}
    group by tenant_id, project_id
) as weeks
left join (
    select tenant_id, coalesce(project_id, '(none)') as project_id, sum(expected_amount) as expected,
        count(*) as items
    from {{ ref('collection_items') }}
    group by tenant_id, coalesce(project_id, '(none)')
) as items
    on weeks.tenant_id = items.tenant_id and weeks.project_id = items.project_id
-- A week and an item are rounded each: half a paisa of each is no difference.
where abs(coalesce(weeks.expected, 0) - coalesce(items.expected, 0)) * 200 > 12 + coalesce(items.items, 0)
union all
select units.tenant_id, 'inventory_is_units' as check_name, 'units' as record_key
from (select tenant_id, count(*) as units from {{ ref('stg_units') }} group by tenant_id) as units
inner join {{ ref('stg_tenants') }} as tenants on units.tenant_id = tenants.tenant_id
left join (
    select tenant_id, sum(units) as units from {{ ref('inventory') }} group by tenant_id
) as inventory on units.tenant_id = inventory.tenant_id
where units.units <> coalesce(inventory.units, 0)
union all
select instalments.tenant_id, 'tds_parties_are_tds' as check_name, instalments.instalment_id as record_key
from {{ ref('instalments') }} as instalments
inner join (
    select tenant_id, instalment_id, sum(tds_amount) as tds_amount
    from {{ ref('tds_by_party') }}
    group by tenant_id, instalment_id
) as parties
    on instalments.tenant_id = parties.tenant_id and instalments.instalment_id = parties.instalment_id
where instalments.tds_amount <> parties.tds_amount
