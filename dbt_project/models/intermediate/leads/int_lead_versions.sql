{{ config(materialized='incremental', pre_hook='{{ forget_touched() }}') }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_leads') }}
-- What each landed version of a lead's record says, and since when. A version says when it was made:
-- the first by its creation, any by its last change. A later one that does not say is of the day
-- before it landed, which is the as-of day of the refresh that brought it.
with landed as (

    select
        landed_leads.tenant_id,
        landed_leads.id as lead_id,
        landed_leads.status,
        landed_leads.next_action_date,
        landed_leads.created_at,
        landed_leads.updated_at,
        landed_leads.ingested_at,
        row_number() over (
            partition by landed_leads.tenant_id, landed_leads.id
            order by landed_leads.batch_id, landed_leads.source_row, landed_leads.source_file
        ) as version_number
    from {{ ref('landed_leads') }} as landed_leads

),

versions as (

    select * from landed
    where {{ is_touched('landed') }}

)

select
    versions.tenant_id,
    versions.lead_id,
    versions.version_number,
    versions.status,
    versions.next_action_date,
    case
        when versions.updated_at is not null then versions.updated_at
        when versions.version_number = 1 then versions.created_at
    end as said_at,
    case
        when versions.updated_at is not null
            then {{ local_date('versions.updated_at', 'tenants.timezone') }}
        when versions.version_number = 1 then {{ local_date('versions.created_at', 'tenants.timezone') }}
        else greatest(
            {{ local_date('versions.created_at', 'tenants.timezone') }},
            {{ add_days(local_date('versions.ingested_at', 'tenants.timezone'), -1) }}
        )
    end as said_on
from versions
inner join {{ ref('stg_tenants') }} as tenants on versions.tenant_id = tenants.tenant_id
