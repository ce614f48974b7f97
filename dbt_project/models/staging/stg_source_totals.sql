select
    tenant_id,
    entity,
    source_system,
    source_rows,
    warehouse_rows,
    quarantined_rows,
    row_difference,
    money_difference
from {{ raw_rows('source_totals') }}
