{{ config(materialized='incremental', pre_hook='{{ forget_touched() }}') }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_leads') }}
-- The next actions that each lead's record asked for, one after the other: when it was set, which is
-- when the first version named that day, and from when on the record named another or none.
with said as (

    select
        versions.*,
        lag(versions.next_action_date) over (
            partition by versions.tenant_id, versions.lead_id order by versions.version_number
        ) as date_before
    from {{ ref('int_lead_versions') }} as versions
    inner join {{ ref('stg_tenants') }} as tenants
        on versions.tenant_id = tenants.tenant_id
        and versions.said_on <= tenants.as_of_date
    where {{ is_touched('versions') }}

),

numbered as (

    select
        *,
        lead(said_on) over (partition by tenant_id, lead_id order by version_number) as replaced_date
    from said
    where coalesce(next_action_date <> date_before, (next_action_date is null) <> (date_before is null))

)

select
    tenant_id,
    lead_id,
    version_number as action_number,
    next_action_date,
    said_at as set_at,
    said_on as set_on,
    replaced_date
from numbered
where next_action_date is not null
