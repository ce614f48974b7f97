-- How a ledger entry stood since when, of entries that came late or that changed after they came:
-- corrected, reversed, cancelled, deleted, re-dated or moved to another customer.
with versions as (

    select * from {{ ref('int_entry_versions') }}

),

-- An entry that undoes another counts until both are known and the other is marked as reversed.
undoing as (

    select
        contra.tenant_id, contra.entry_id, contra.version_number + 1 as version_number,
        contra.customer_id, contra.ledger_code, contra.ledger_date, contra.transaction_type, contra.amount,
        'reversal' as state,
        greatest(contra.known_on, undone.known_on) as known_on
    from versions as contra
    inner join {{ ref('int_ledger_entries') }} as entries
        on contra.tenant_id = entries.tenant_id and contra.entry_id = entries.entry_id
    inner join {{ ref('int_reversal_pairs') }} as pairs
        on contra.tenant_id = pairs.tenant_id and contra.entry_id = pairs.contra_entry_id
    inner join (
        select tenant_id, entry_id, min(known_on) as known_on
        from versions
        where state = 'reversed'
        group by tenant_id, entry_id
    ) as undone
        on pairs.tenant_id = undone.tenant_id and pairs.entry_id = undone.entry_id
    where entries.exclusion_reason = 'reversal' and contra.is_newest

),

everything as (

    select tenant_id, entry_id, version_number, customer_id, ledger_code, ledger_date, transaction_type,
        amount, state, known_on
    from versions
    union all
    select tenant_id, entry_id, version_number, customer_id, ledger_code, ledger_date, transaction_type,
        amount, state, known_on
    from undoing

),

states as (

    select
        *,
        max(known_on) over (
            partition by tenant_id, entry_id order by version_number
            rows between unbounded preceding and current row
        ) as known_since,
        count(*) over (partition by tenant_id, entry_id) as number_of_states
    from everything

)

-- An entry that went to another customer stands on both accounts.
select
    states.tenant_id,
    states.entry_id,
    accounts.customer_id,
    cast(row_number() over (
        partition by states.tenant_id, states.entry_id, accounts.customer_id order by states.version_number
    ) as bigint) as state_number,
    states.known_since as known_on,
    states.ledger_code,
    states.ledger_date,
    states.transaction_type,
    case when states.customer_id = accounts.customer_id then states.state else 'moved' end as state,
    {{ money("case when states.customer_id = accounts.customer_id and states.state = 'active'
        then states.amount else 0 end") }} as movement
from states
inner join (select distinct tenant_id, entry_id, customer_id from versions) as accounts
    on states.tenant_id = accounts.tenant_id and states.entry_id = accounts.entry_id
where states.number_of_states > 1 or states.known_since > states.ledger_date
