{%- set rows -%}
(
    select recorded.tenant_id, recorded.batch_id, {{ row_fingerprint('recorded.row_hash') }} as row_fingerprint
    from {{ ref('base_milestones') }} as recorded
    inner join {{ ref('stg_tenants') }} as tenants
        on recorded.tenant_id = tenants.tenant_id
        and recorded.milestone_date <= tenants.as_of_date
    where recorded.deleted_at is null
) as milestones
{%- endset -%}
-- depends_on: {{ ref('int_batch_parts') }}
{{ fingerprints_of('milestones', rows) }}
