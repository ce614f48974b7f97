{{ config(materialized='view') }}

-- All passes of the allocation: credits that name a debit, share its document, or pay the oldest.
-- A view: the rows are in the models of the passes already.
select *, 'explicit' as method from {{ ref('int_allocations_by_name') }}
union all
select *, 'explicit' as method from {{ ref('int_allocations_by_document') }}
union all
select *, 'derived' as method from {{ ref('int_allocations_by_age') }}
