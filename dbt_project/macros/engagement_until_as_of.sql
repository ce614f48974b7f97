{#- The newest versions among `facts` (all of engagement or a part) up to the end of the as-of day. -#}
{% macro engagement_until_as_of(facts) -%}
select
    facts.row_key,
    facts.tenant_id,
    facts.lead_id,
    facts.engagement_type,
    facts.engagement_channel,
    facts.status,
    facts.assigned_to,
    facts.engagement_date,
    -- The zone may have been corrected since the row came.
    case when facts.timezone = tenants.timezone then facts.day
        else {{ local_date('facts.engagement_date', 'tenants.timezone') }} end as day,
    -- A meeting takes place; it is not answered.
    facts.status = 'completed' and facts.engagement_type <> 'meeting_scheduled' as can_be_answered,
    facts.response_received and coalesce(facts.response_date < tenants.as_of_end_at, true) as response_received,
    facts.duration_seconds,
    -- An answer that comes later makes another row of it.
    facts.row_fingerprint + case when facts.response_date >= tenants.as_of_end_at then 1 else 0 end
        as row_fingerprint,
    facts.batch_id
from {{ facts }} as facts
inner join {{ ref('stg_tenants') }} as tenants
    on facts.tenant_id = tenants.tenant_id
    and facts.engagement_date < tenants.as_of_end_at
left join {{ ref('superseded_engagement') }} as superseded
    on facts.tenant_id = superseded.tenant_id
    and facts.place_hash = superseded.place_hash
    and facts.source_row = superseded.source_row
left join {{ ref('deleted_leads') }} as deleted_leads
    on facts.tenant_id = deleted_leads.tenant_id
    and facts.lead_id = deleted_leads.lead_id
where facts.deleted_at is null and superseded.place_hash is null and {{ of_no_deleted_lead() }}
{%- endmacro %}

{#-
    The same for the leads that are built again. The leads are picked before the joins: twenty million
    rows that go through the joins first cost three times as much.
-#}
{% macro touched_engagement(condition='true') -%}
    {%- set facts -%}
    (
        select * from {{ ref('engagement_facts') }} as recorded
        where {{ condition }} and {{ is_touched('recorded', 'touched_or_engaged') }}
    )
    {%- endset -%}
    {{ engagement_until_as_of(facts) }}
{%- endmacro %}

{#-
    The same from the first month on that is built again; the reader picks the months by local day. The
    bound is a literal, by which the scan skips and the planner knows that few rows come.
-#}
{% macro engagement_since_touched_months(condition='true') -%}
    {%- set facts -%}
    (
        select * from {{ ref('engagement_facts') }}
        where {{ condition }}
        {%- if execute and built() and is_incremental() %}
            {%- set first = run_query('select min(month) from ' ~ ref('touched_months')).columns[0][0] %}
            and {% if first -%}
                engagement_date >= {{ instant_of(add_days("date '" ~ first ~ "'", -1), "'UTC'") }}
            {%- else -%}
                false
            {%- endif %}
        {%- endif %}
    )
    {%- endset -%}
    {{ engagement_until_as_of(facts) }}
{%- endmacro %}
