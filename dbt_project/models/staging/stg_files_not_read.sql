select
    tenant_id,
    entity,
    source_file,
    state,
    message,
    since,
    is_only_data
from {{ raw_rows('files_not_read') }}
