{{ config(materialized='view') }}

-- Each open lead beside the earlier leads that came as far and waited as long, as of the as-of day and
-- of the day 90 days before. The odds that its likes booked are taken times those of its source: how
-- much oftener leads of the source booked than others, among those that had come as far.
with days as (

    select tenant_id, as_of_date, {{ add_days('as_of_date', -score_horizon()) }} as earlier_date
    from {{ ref('stg_tenants') }}

),

scored as (

    select
        waits.tenant_id, waits.lead_id,
        true as is_now,
        days.as_of_date as scored_on,
        waits.stage_rank, waits.entered_date, waits.source_code,
        cast(null as date) as booked_date
    from {{ ref('int_lead_waits') }} as waits
    inner join days on waits.tenant_id = days.tenant_id
    where waits.is_current
    union all
    select
        waits.tenant_id, waits.lead_id,
        false as is_now,
        days.earlier_date as scored_on,
        waits.stage_rank, waits.entered_date, waits.source_code,
        waits.booked_date
    from {{ ref('int_lead_waits') }} as waits
    inner join days on waits.tenant_id = days.tenant_id
    where
        waits.entered_date <= days.earlier_date
        and coalesce(waits.ended_date > days.earlier_date, true)

),

waiting as (

    select *, {{ days_between('entered_date', 'scored_on') }} as waited_days
    from scored
    where entered_date >= {{ add_days('scored_on', -score_history()) }}

),

by_source as (

    select
        tenant_id, scored_on, stage_rank, source_code,
        cast(sum(leads) as bigint) as leads,
        cast(sum(case when too_early_day < 0 then leads else 0 end) as bigint) as booked
    from {{ ref('int_wait_lengths') }}
    where last_day >= 0
    group by tenant_id, scored_on, stage_rank, source_code

),

compared as (

    select
        waiting.*,
        alike.from_day, alike.leads, alike.booked,
        alike.arrived_leads, alike.arrived_booked, alike.arrived_share, alike.share_booked,
        came.share_booked as came_share,
        case when came.leads is not null then coalesce(by_source.leads, 0) end as source_leads,
        case when came.leads is not null then coalesce(by_source.booked, 0) end as source_booked,
        {{ leaning_share(
            'coalesce(by_source.booked, 0)', 'coalesce(by_source.leads, 0)', 'came.share_booked'
        ) }} as source_share
    from waiting
    left join {{ ref('int_score_shares') }} as alike
        on waiting.tenant_id = alike.tenant_id
        and waiting.scored_on = alike.scored_on
        and waiting.stage_rank = alike.stage_rank
        and {{ score_day_of('waiting.waited_days') }} = alike.from_day
    left join {{ ref('int_score_shares') }} as came
        on waiting.tenant_id = came.tenant_id
        and waiting.scored_on = came.scored_on
        and waiting.stage_rank = came.stage_rank
        and came.from_day = 0
    left join by_source
        on waiting.tenant_id = by_source.tenant_id
        and waiting.scored_on = by_source.scored_on
        and waiting.stage_rank = by_source.stage_rank
        and waiting.source_code = by_source.source_code

),

judged as (

    select *, {{ odds('source_share') }} / {{ odds('came_share') }} as source_odds_ratio from compared

)

select
    *,
    {{ odds('share_booked') }} * source_odds_ratio
        / (1 + {{ odds('share_booked') }} * source_odds_ratio) as booking_probability
from judged
