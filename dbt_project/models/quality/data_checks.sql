-- Every check for every tenant that it is about, whether or not it found something, with up to three
-- of the records.
with findings as (

    {% for findings in [
        'findings_leads', 'findings_accounts', 'findings_ledger_proofs', 'findings_figures',
        'findings_sources', 'findings_ids', 'findings_realty', 'findings_realty_ledger',
        'findings_realty_proofs',
    ] -%}
    select tenant_id, check_name, record_key, 1 as failures from {{ ref(findings) }}
    union all
    {% endfor -%}
    select tenant_id, 'rows_in_quarantine' as check_name, source_file as record_key, "rows" as failures
    from {{ ref('quarantine_summary') }}

),

ranked as (

    select
        *,
        row_number() over (partition by tenant_id, check_name order by record_key) as place
    from findings

),

counted as (

    select
        tenant_id,
        check_name,
        sum(failures) as failures,
        max(case when place = 1 then record_key end) as first_key,
        max(case when place = 2 then record_key end) as second_key,
        max(case when place = 3 then record_key end) as third_key
    from ranked
    group by tenant_id, check_name

),

-- Tenants of which nothing was ever read: their figures are not zero, they are not known.
without_data as (

    select distinct tenant_id from {{ ref('stg_files_not_read') }}
    where is_only_data

)

select
    tenants.tenant_id,
    catalogue.check_name,
    case when without_data.tenant_id is null then catalogue.severity else 'error' end as severity,
    catalogue.is_blocking or without_data.tenant_id is not null as is_blocking,
    cast(coalesce(counted.failures, 0) as bigint) as failures,
    nullif(concat_ws(', ', counted.first_key, counted.second_key, counted.third_key), '') as sample,
    catalogue.owner_hint,
    catalogue.description
from {{ ref('stg_tenants') }} as tenants
inner join {{ ref('stg_realty') }} as realty on tenants.tenant_id = realty.tenant_id
inner join {{ ref('data_check_catalogue') }} as catalogue
    on realty.tenant_id is not null and (not catalogue.is_of_realty or realty.has_units_or_plans)
left join counted
    on tenants.tenant_id = counted.tenant_id
    and catalogue.check_name = counted.check_name
left join without_data
    on tenants.tenant_id = without_data.tenant_id
    and catalogue.check_name = 'files_not_read'
