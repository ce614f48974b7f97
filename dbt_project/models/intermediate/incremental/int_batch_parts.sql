-- The part of a large published table that a batch's rows are in: the batch's id, or its beginning.
-- Batches of earlier months are together by month, those of earlier days by day, and those of the
-- newest day each by itself: so few files are written again, and there are never many. A batch of a
-- million rows stays by itself, or the first delivery of all would be written again on the next day
-- and in the next month.
with batches as (

    select entity, batch_id, sum(row_count) as row_count
    from {{ ref('source_arrivals') }}
    group by entity, batch_id

),

newest as (select max(batch_id) as batch_id from batches)

select
    batches.entity,
    batches.batch_id,
    case
        when batches.row_count >= 1000000 or left(batches.batch_id, 8) = left(newest.batch_id, 8)
            then batches.batch_id
        when left(batches.batch_id, 6) = left(newest.batch_id, 6) then left(batches.batch_id, 8)
        else left(batches.batch_id, 6)
    end as part
from batches
cross join newest
