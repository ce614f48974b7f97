{{ config(materialized='incremental', pre_hook='{{ forget_touched() }}') }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_leads') }}
-- The status of each lead's record on the as-of day, and since when the record proves what. A status
-- is proof from the day of the first version that has it; versions that repeat it, or go further, move
-- no date. An earlier status takes the proof back; a loss takes back nothing. Where none is known yet,
-- the first version says the status, and proves nothing.
{%- set earlier = {
    'qualified': "('new', 'contacted')",
    'converted': "('new', 'contacted', 'qualified', 'negotiation')",
} %}
with known as (

    select versions.*, versions.said_on <= tenants.as_of_date as is_known
    from {{ ref('int_lead_versions') }} as versions
    inner join {{ ref('stg_tenants') }} as tenants
        on versions.tenant_id = tenants.tenant_id
        and (versions.said_on <= tenants.as_of_date or versions.version_number = 1)
    where {{ is_touched('versions') }}

),

placed as (

    select
        *,
        max(version_number) over lead_life as last_version,
        {%- for proof, statuses in earlier.items() %}
        coalesce(max(case when status in {{ statuses }} then version_number end) over lead_life, 0)
            as before_{{ proof }},
        {%- endfor %}
        coalesce(max(case when status <> 'lost' then version_number end) over lead_life, 0) as before_lost
    from known
    window lead_life as (partition by tenant_id, lead_id)

)

select
    tenant_id,
    lead_id,
    max(case when version_number = last_version then status end) as status,
    max(case when version_number = last_version then next_action_date end) as next_action_date,
    {%- for suffix, condition in {
        'date': 'is_known and not is_guess', 'guess': 'is_known and is_guess'
    }.items() %}
    min(case
        when version_number > before_qualified and status in ('qualified', 'negotiation', 'converted')
            and {{ condition }} then said_on
    end) as qualified_{{ suffix }},
    min(case when version_number > before_converted and status = 'converted'
        and {{ condition }} then said_on end) as converted_{{ suffix }},
    min(case when version_number > before_lost and {{ condition }} then said_on end)
        as lost_{{ suffix }}{{ ',' if not loop.last }}
    {%- endfor %}
from placed
group by tenant_id, lead_id
