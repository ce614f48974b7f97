{{ config(materialized='incremental', pre_hook='{{ forget_touched() }}') }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_leads') }}
-- Since when each lead has the status on its record, as far as the record can prove it. A record
-- says how the lead stands now: it speaks for the as-of day only if it last changed by then and
-- nothing is known to have happened to the lead since.
with tenants as (

    select * from {{ ref('stg_tenants') }}

),

later as (

    select milestones.tenant_id, milestones.lead_id
    from {{ ref('stg_milestones') }} as milestones
    inner join tenants
        on milestones.tenant_id = tenants.tenant_id
        and milestones.milestone_date > tenants.as_of_date
    union
    select bookings.tenant_id, bookings.lead_id
    from {{ ref('stg_bookings') }} as bookings
    inner join tenants
        on bookings.tenant_id = tenants.tenant_id
        and bookings.booking_date > tenants.as_of_date

),

dated as (

    select
        leads.tenant_id,
        leads.lead_id,
        leads.status,
        tenants.as_of_date,
        {{ local_date('coalesce(leads.updated_at, leads.created_at)', 'tenants.timezone') }} as status_date
    from {{ ref('stg_leads') }} as leads
    inner join tenants on leads.tenant_id = tenants.tenant_id
    where {{ is_touched('leads') }}

)

select
    dated.tenant_id,
    dated.lead_id,
    case when dated.status in ('qualified', 'negotiation', 'converted') then dated.status_date end
        as qualified_date,
    case when dated.status = 'converted' then dated.status_date end as converted_date,
    case when dated.status = 'lost' then dated.status_date end as lost_date
from dated
left join later
    on dated.tenant_id = later.tenant_id
    and dated.lead_id = later.lead_id
where
    dated.status not in ('new', 'contacted')
    and dated.status_date <= dated.as_of_date
    and later.lead_id is null
