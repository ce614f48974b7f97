{{ config(materialized='incremental', pre_hook='{{ forget_touched() }}') }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_leads') }}
-- What each landed version of a lead's record says, and since when. A version says when it was made by
-- its last change; one that does not say is of the day before it landed, which is the as-of day of the
-- refresh that brought it, or of its creation, if that is later. What the first delivery of a tenant
-- brings, or one after the as-of day, may have been so for long: if the record says no later change,
-- its creation is a guess, which counts where nothing else tells.
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
        ) as version_number,
        landed_leads.batch_id = min(landed_leads.batch_id) over (partition by landed_leads.tenant_id)
            as is_first_delivery
    from {{ ref('landed_leads') }} as landed_leads

),

versions as (

    select
        landed.*,
        tenants.as_of_date,
        {{ local_date('landed.updated_at', 'tenants.timezone') }} as updated_on,
        {{ local_date('landed.created_at', 'tenants.timezone') }} as created_on,
        {{ add_days(local_date('landed.ingested_at', 'tenants.timezone'), -1) }} as landed_for
    from landed
    inner join {{ ref('stg_tenants') }} as tenants on landed.tenant_id = tenants.tenant_id
    where {{ is_touched('landed') }}

),

judged as (

    select
        *,
        version_number = 1 and coalesce(updated_at <= created_at, true) and landed_for > created_on
            and (is_first_delivery or landed_for > as_of_date) as is_guess
    from versions

)

select
    tenant_id,
    lead_id,
    version_number,
    status,
    next_action_date,
    case when version_number = 1 then coalesce(updated_at, created_at) else updated_at end as said_at,
    case
        when is_guess then created_on
        when updated_on is not null then updated_on
        else greatest(created_on, landed_for)
    end as said_on,
    is_guess
from judged
