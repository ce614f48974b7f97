{#- A day either way: no zone that the tenant may have had or gets puts a moment outside of them. -#}
{%- set facts -%}
(
    {% for days in (-1, 1) -%}
    select tenant_id, batch_id, source_file, source_row, engagement_date,
        {{ month_of(add_days(local_date('engagement_date', "'UTC'"), days)) }} as month
    from {{ ref('engagement_facts') }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)
{%- endset %}
-- depends_on: {{ ref('build_inputs') }}, {{ ref('superseded_engagement') }}
{{ touched('month', {
    'engagement': {'relation': facts, 'column': 'month', 'days': [], 'moments': ['engagement_date']},
}) }}
