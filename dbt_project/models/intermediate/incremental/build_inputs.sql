-- The inputs of a build, per tenant: as-of day, time zone, catalogues (funnel, sources, campaigns and
-- users, as far as leads carry them, and the realty rules that allocation goes by) and the newest batch
-- that landed. remember_build() keeps the inputs as `built` once the models that follow are built.
{%- set catalogues = {
    'stg_tenant_stages': ['milestone_type', 'stage_rank', 'stage_name'],
    'stg_lead_sources': [
        'lead_source_id', 'source_code', 'source_type', 'source_name', 'subsource_name', 'channel', 'is_active',
    ],
    'stg_campaigns': ['campaign_id', 'campaign_code', 'campaign_name'],
    'stg_users': ['user_id', 'name'],
    'stg_realty': ['is_by_booking', 'tds_percent', 'tds_threshold'],
} %}
with entries as (

    {% for catalogue, columns in catalogues.items() -%}
    select
        tenant_id,
        '{{ catalogue }}'
        {%- for column in columns %}
        || coalesce(md5(cast({{ column }} as varchar)), '-')
        {%- endfor %} as entry
    from {{ ref(catalogue) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

fingerprints as (

    select tenant_id, md5(string_agg(entry, ',' order by entry)) as catalogues
    from entries
    group by tenant_id

)

select
    tenants.tenant_id,
    tenants.as_of_date,
    tenants.as_of_end_at,
    tenants.timezone,
    coalesce(fingerprints.catalogues, '') as catalogues,
    (select max(batch_id) from {{ ref('source_arrivals') }}) as newest_batch
from {{ ref('stg_tenants') }} as tenants
left join fingerprints on tenants.tenant_id = fingerprints.tenant_id
