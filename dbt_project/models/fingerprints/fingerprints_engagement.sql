{%- set rows -%}
(
    {{ engagement_until_as_of(ref('engagement_facts')) | indent }}
) as engagement
{%- endset -%}
-- depends_on: {{ ref('int_batch_parts') }}
{{ fingerprints_of('engagement', rows) }}
