{#- A day either way: no zone that the tenant may have had or gets puts a moment outside of them. -#}
{%- set facts -%}
(
    {% for days in (-1, 1) -%}
    select tenant_id, lead_id, batch_id, source_file, source_row, engagement_date, response_date,
        {{ month_of(add_days(local_date('engagement_date', "'UTC'"), days)) }} as month
    from {{ ref('engagement_facts') }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)
{%- endset %}
{#- The months in which leads were engaged that are deleted, or were in an earlier version. -#}
{%- set of_deleted_leads -%}
(
    select leads.tenant_id, leads.batch_id, leads.source_file, leads.source_row, facts.month
    from {{ ref('landed_leads') }} as leads
    inner join (
        select distinct tenant_id, id from {{ ref('landed_leads') }} where deleted_at is not null
    ) as deleted
        on leads.tenant_id = deleted.tenant_id and leads.id = deleted.id
    inner join {{ facts }} as facts
        on leads.tenant_id = facts.tenant_id and leads.id = facts.lead_id
)
{%- endset %}
-- depends_on: {{ ref('build_inputs') }}, {{ ref('superseded_engagement') }}
-- depends_on: {{ ref('superseded_leads') }}
{{ touched('month', {
    'leads': {'relation': of_deleted_leads, 'column': 'month', 'days': [], 'moments': []},
    'engagement': {'relation': facts, 'column': 'month', 'days': [], 'moments': ['engagement_date', 'response_date']},
}) }}
