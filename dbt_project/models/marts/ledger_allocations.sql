with allocations as (

    select *, 'explicit' as method from {{ ref('int_allocations_by_name') }}
    union all
    select *, 'explicit' as method from {{ ref('int_allocations_by_document') }}
    union all
    select *, 'derived' as method from {{ ref('int_allocations_by_age') }}

)

select
    tenant_id,
    customer_id,
    credit_entry_id,
    debit_entry_id,
    method,
    {{ money('sum(amount)') }} as amount
from allocations
group by tenant_id, customer_id, credit_entry_id, debit_entry_id, method
