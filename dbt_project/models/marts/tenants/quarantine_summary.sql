-- Quarantined rows per file that no later batch has dealt with, with the commonest reason.
with quarantined as (

    select quarantined.*
    from {{ ref('stg_quarantine') }} as quarantined
    inner join {{ ref('stg_tenants') }} as tenants on quarantined.tenant_id = tenants.tenant_id
    left join {{ ref('stg_quarantine_resolved') }} as resolved
        on quarantined.tenant_id = resolved.tenant_id
        and quarantined.entity = resolved.entity
        and quarantined.batch_id = resolved.batch_id
        and quarantined.source_file = resolved.source_file
        and quarantined.source_row = resolved.source_row
    where resolved.tenant_id is null

),

reasons as (

    select
        tenant_id, entity, coalesce(source_file, source_system) as source_file, reason_text,
        count(*) as row_count,
        min(ingested_at) as first_seen,
        max(ingested_at) as last_seen
    from quarantined
    group by tenant_id, entity, coalesce(source_file, source_system), reason_text

),

ranked as (

    select
        *,
        row_number() over (
            partition by tenant_id, entity, source_file order by row_count desc, reason_text asc
        ) as reason_rank
    from reasons

)

select
    tenant_id,
    entity,
    source_file,
    cast(sum(row_count) as bigint) as "rows",
    min(first_seen) as first_seen,
    max(last_seen) as last_seen,
    max(case when reason_rank = 1 then reason_text end) as top_reason
from ranked
group by tenant_id, entity, source_file
