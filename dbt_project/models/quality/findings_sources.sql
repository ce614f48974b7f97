-- Tables of which the source counts other rows, or another sum of money, than landed; and files and
-- tables that could not be read.
select
    totals.tenant_id,
    'source_total_differs' as check_name,
    totals.entity || ' of ' || totals.source_system || ': '
    || concat_ws(
        ', ',
        case
            when totals.row_difference <> 0
                then cast(totals.row_difference as varchar) || ' rows'
        end,
        totals.money_difference
    ) as record_key
from {{ ref('stg_source_totals') }} as totals
inner join {{ ref('stg_tenants') }} as tenants on totals.tenant_id = tenants.tenant_id
where totals.row_difference <> 0 or totals.money_difference is not null
union all
select
    files.tenant_id,
    'files_not_read' as check_name,
    files.source_file || ' (' || files.state || ' since ' || files.since || '): '
    || files.message as record_key
from {{ ref('stg_files_not_read') }} as files
inner join {{ ref('stg_tenants') }} as tenants on files.tenant_id = tenants.tenant_id
