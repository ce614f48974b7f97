select
    tenant_id,
    entity,
    source_system,
    source_file,
    source_row,
    record_key,
    reason_text,
    batch_id,
    ingested_at
from {{ quarantined_rows() }}
