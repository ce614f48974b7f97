-- Each reversed ledger entry with the entry that undoes it. Where none names the other, a reversed
-- entry pairs with another reversed one of the swapped amounts, nth with nth; and with an active one
-- only if that is its one candidate and the other's. A refund is no contra: it stays on the account.
with mirrored as (

    select tenant_id, entry_id, contra_entry_id
    from {{ ref('int_mirror_candidates') }}
    where contra_status = 'reversed' and is_same_turn

),

halves as (

    select tenant_id, entry_id from mirrored
    union
    select tenant_id, contra_entry_id as entry_id from mirrored

),

-- Active entries that fit: where there are two candidates, neither is a contra.
active as (

    select
        candidates.*,
        count(*) over (partition by candidates.tenant_id, candidates.entry_id) as contras,
        count(*) over (partition by candidates.tenant_id, candidates.contra_entry_id) as undone
    from {{ ref('int_mirror_candidates') }} as candidates
    left join halves
        on candidates.tenant_id = halves.tenant_id
        and candidates.entry_id = halves.entry_id
    where candidates.contra_status = 'active' and candidates.fits and halves.entry_id is null

)

select tenant_id, entry_id, contra_entry_id, 'reference' as method
from {{ ref('int_reversals_by_reference') }}
union all
select tenant_id, entry_id, contra_entry_id, 'mirror' as method from mirrored
union all
select tenant_id, entry_id, contra_entry_id, 'mirror' as method from active
where contras = 1 and undone = 1
