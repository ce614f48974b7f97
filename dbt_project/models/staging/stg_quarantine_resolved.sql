select
    tenant_id,
    entity,
    batch_id,
    source_file,
    source_row,
    resolved_by
from {{ raw_rows('quarantine_resolved') }}
