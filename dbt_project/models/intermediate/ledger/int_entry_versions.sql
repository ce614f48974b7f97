-- What each landed version of a ledger entry says, and from which day on anybody could know it. What
-- the first delivery of a tenant brings was known when it was made (or else from its own day), and
-- when it was changed; what later ones bring is known from the day before it landed, which is the
-- as-of day of the refresh that brought it. Nothing that counts is known later than on the as-of day.
with tenants as (select tenant_id, timezone, as_of_date from {{ ref('stg_tenants') }}),

landed as (

    select
        entries.*,
        tenants.timezone,
        tenants.as_of_date,
        row_number() over (
            partition by entries.tenant_id, entries.id
            order by entries.batch_id, entries.source_row, entries.source_file
        ) as version_number,
        min(entries.batch_id) over (partition by entries.tenant_id) as first_batch,
        {{ add_days(local_date('entries.ingested_at', 'tenants.timezone'), -1) }} as landed_for
    from {{ ref('landed_ledger_entries') }} as entries
    inner join tenants on entries.tenant_id = tenants.tenant_id

),

dated as (

    select
        *,
        case
            when batch_id <> first_batch then landed_for
            when deleted_at is not null then {{ local_date('deleted_at', 'timezone') }}
            when version_number = 1 then coalesce({{ local_date('created_at', 'timezone') }}, ledger_date)
            else coalesce({{ local_date('updated_at', 'timezone') }}, landed_for)
        end as said_on
    from landed

)

select
    tenant_id,
    id as entry_id,
    version_number,
    batch_id,
    customer_id,
    ledger_code,
    ledger_date,
    transaction_type,
    case when deleted_at is not null then 'deleted' else coalesce(status, 'active') end as state,
    coalesce(debit_amount, 0) - coalesce(credit_amount, 0) as amount,
    as_of_date,
    least(said_on, as_of_date) as known_on,
    version_number = max(version_number) over (partition by tenant_id, id) as is_newest
from dated
