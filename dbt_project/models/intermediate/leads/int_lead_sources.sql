-- One row for each source code that is catalogued or used: a code listed twice (with several
-- subsources) stands for its first row, as a lead names only the code; a code that no catalogue
-- knows is "Unmapped", and no code at all is "(none)".
with catalogue as (

    select
        listed.tenant_id,
        listed.source_code,
        listed.source_type,
        listed.source_name,
        listed.subsource_name,
        listed.channel,
        row_number() over (
            partition by listed.tenant_id, listed.source_code
            order by
                case when listed.is_active is false then 1 else 0 end asc,
                listed.subsource_name asc nulls first,
                listed.lead_source_id asc
        ) as choice
    from {{ ref('stg_lead_sources') }} as listed
    inner join {{ ref('stg_tenants') }} as tenants on listed.tenant_id = tenants.tenant_id

),

used as (

    select distinct leads.tenant_id, leads.source_code
    from {{ ref('int_leads') }} as leads
    left join catalogue
        on leads.tenant_id = catalogue.tenant_id
        and leads.source_code = catalogue.source_code
    where leads.source_code is not null and catalogue.source_code is null

)

select tenant_id, source_code, source_type, source_name, subsource_name, channel, choice = 1 as takes_leads
from catalogue
union all
select tenant_id, source_code, '(unmapped)' as source_type, 'Unmapped: ' || source_code as source_name,
    cast(null as varchar) as subsource_name, cast(null as varchar) as channel, true as takes_leads
from used
union all
select tenant_id, '(none)' as source_code, '(none)' as source_type, '(none)' as source_name,
    cast(null as varchar) as subsource_name, cast(null as varchar) as channel, true as takes_leads
from {{ ref('stg_tenants') }}
