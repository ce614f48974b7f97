select
    projects.tenant_id, projects.project_id, projects.project_code, projects.project_name,
    projects.rera_number,
    projects.city, projects.state, projects.launch_date, projects.promised_date, projects.oc_date,
    projects.gst_number, projects.account_name, projects.account_number, projects.bank, projects.ifsc
from {{ ref('stg_projects') }} as projects
inner join {{ ref('stg_tenants') }} as tenants on projects.tenant_id = tenants.tenant_id
