{{ config(materialized='view') }}

-- Every pass of the allocation: what names its debit, what has its document, and the rest by age.
-- A view: the rows are in the models of the passes already.
select *, 'explicit' as method from {{ ref('int_allocations_by_name') }}
union all
select *, 'explicit' as method from {{ ref('int_allocations_by_document') }}
union all
select *, 'derived' as method from {{ ref('int_allocations_by_age') }}
