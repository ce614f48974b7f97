{%- set rows -%}
(
    select recorded.tenant_id, recorded.batch_id, {{ row_fingerprint('recorded.row_hash') }} as row_fingerprint
    from {{ ref('base_milestones') }} as recorded
    inner join {{ ref('stg_tenants') }} as tenants
        on recorded.tenant_id = tenants.tenant_id
        and recorded.milestone_date <= tenants.as_of_date
    left join {{ ref('deleted_leads') }} as deleted_leads
        on recorded.tenant_id = deleted_leads.tenant_id
        and recorded.lead_id = deleted_leads.lead_id
    where recorded.deleted_at is null and {{ of_no_deleted_lead() }}
) as milestones
{%- endset -%}
-- depends_on: {{ ref('int_batch_parts') }}
{{ fingerprints_of('milestones', rows) }}
