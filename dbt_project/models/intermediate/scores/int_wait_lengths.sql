-- The waits to compare leads with, counted by their length: as of the as-of day, and as of the day
-- whose scores can be held against what happened since. Only moments of a wait count that are long
-- enough ago to tell whether a booking followed in time: no lead counts as failed that is too young.
with days as (

    select
        tenant_id,
        as_of_date,
        {{ add_days('as_of_date', -score_horizon()) }} as told_by_date,
        {{ add_days('as_of_date', -score_horizon() - score_history()) }} as first_date
    from (
        select tenant_id, as_of_date from {{ ref('stg_tenants') }}
        union all
        select tenant_id, {{ add_days('as_of_date', -score_horizon()) }} as as_of_date
        from {{ ref('stg_tenants') }}
    ) as scored

),

waits as (

    select
        waits.tenant_id,
        days.as_of_date as scored_on,
        waits.stage_rank,
        waits.source_code,
        waits.is_arrival,
        -- The moments of a wait that is over, or as many of them as can be told.
        case
            when waits.ended_date <= {{ add_days('days.told_by_date', 1) }} then waits.last_day
            else {{ score_day_of(days_between('waits.entered_date', 'days.told_by_date')) }}
        end as last_day,
        waits.too_early_day
    from {{ ref('int_lead_waits') }} as waits
    inner join days on waits.tenant_id = days.tenant_id
    where
        waits.entered_date between days.first_date and days.told_by_date
        and (waits.ended_date is null or waits.ended_date > waits.entered_date or waits.is_gone_at_once)

)

select tenant_id, scored_on, stage_rank, source_code, is_arrival, last_day, too_early_day,
    count(*) as leads
from waits
group by tenant_id, scored_on, stage_rank, source_code, is_arrival, last_day, too_early_day
