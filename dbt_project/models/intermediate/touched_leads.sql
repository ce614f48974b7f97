-- depends_on: {{ ref('engagement_facts') }}, {{ ref('superseded_engagement') }}
-- depends_on: {{ ref('superseded_milestones') }}, {{ ref('superseded_leads') }}
-- Leads whose milestones, engagement or follow-ups may not be what they were in the last build: rows
-- came or went, the as-of day moved over some, or the tenant's zone or funnel is another. Too many
-- costs time, too few would be wrong: older and deleted versions count too.
with terms as (select * from {{ ref('build_terms') }}),

{% if built() -%}
was as (select * from {{ built() }}),

read_to as (select max(newest_batch) as batch_id from was),

anew as (

    select coalesce(terms.tenant_id, was.tenant_id) as tenant_id
    from terms
    full outer join was on terms.tenant_id = was.tenant_id
    where
        terms.tenant_id is null or was.tenant_id is null
        or terms.timezone <> was.timezone or terms.funnel <> was.funnel

),

moved as (

    select
        terms.tenant_id,
        least(terms.as_of_date, was.as_of_date) as first_day,
        greatest(terms.as_of_date, was.as_of_date) as last_day,
        least(terms.as_of_end_at, was.as_of_end_at) as first_at,
        greatest(terms.as_of_end_at, was.as_of_end_at) as end_at
    from terms
    inner join was on terms.tenant_id = was.tenant_id
    where terms.as_of_date <> was.as_of_date

),

{#- Rows of a lead, the column that names it, and the days on which they begin to count. -#}
{%- set rows_of_leads = {
    'engagement': (ref('engagement_facts'), 'lead_id', []),
    'milestones': (raw_rows('milestones'), 'lead_id', ['milestone_date', 'follow_up_date']),
    'leads': (raw_rows('leads'), 'id as lead_id', ['next_action_date']),
} %}

touched as (

    {% for entity, (relation, key, days) in rows_of_leads.items() -%}
    select tenant_id, {{ key }} from {{ relation }}
    where batch_id > (select batch_id from read_to)
    union all
    select here.tenant_id, here.{{ key }}
    from {{ relation }} as here
    inner join {{ ref('superseded_' ~ entity) }} as older
        on here.tenant_id = older.tenant_id
        and here.batch_id = older.batch_id
        and coalesce(here.source_file, '') = older.source_file
        and coalesce(here.source_row, 0) = older.source_row
    where older.superseded_by > (select batch_id from read_to)
    union all
    select here.tenant_id, here.{{ key }}
    from {{ relation }} as here
    inner join anew on here.tenant_id = anew.tenant_id
    union all
    select here.tenant_id, here.{{ key }}
    from {{ relation }} as here
    inner join moved on here.tenant_id = moved.tenant_id
    where
        false
        {%- for day in days %}
        or (moved.first_day < here.{{ day }} and here.{{ day }} <= moved.last_day)
        {%- endfor %}
        {%- if entity == 'engagement' %}
        or (moved.first_at <= here.engagement_date and here.engagement_date < moved.end_at)
        {%- endif %}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select distinct tenant_id, lead_id from touched
{%- else -%}
-- Nothing is known of a build before: all leads are built anew, and none need to be named.
nobody as (select tenant_id, cast(null as varchar) as lead_id from terms)

select tenant_id, lead_id from nobody
where lead_id is not null
{%- endif %}
