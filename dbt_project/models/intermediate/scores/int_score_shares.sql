-- Of the leads that came to a stage and still waited there after so many days: how many booked within
-- 90 days of that. Every stage and day has a row. With few leads the share leans on that of all leads
-- which waited as long in whatever stage, and this on that of all leads on the day they came.
with days as (

    {% for day in score_days() -%}
    select {{ day }} as from_day{{ ' union all ' if not loop.last }}
    {% endfor %}

),

lengths as (

    select
        tenant_id, scored_on, stage_rank, last_day, too_early_day,
        sum(leads) as leads, sum(case when is_arrival then leads else 0 end) as arrivals
    from {{ ref('int_wait_lengths') }}
    group by tenant_id, scored_on, stage_rank, last_day, too_early_day

),

at_stage as (

    select
        lengths.tenant_id, lengths.scored_on, lengths.stage_rank, days.from_day,
        sum(lengths.leads) as leads,
        sum(case when lengths.too_early_day < days.from_day then lengths.leads else 0 end) as booked
    from lengths
    cross join days
    where lengths.last_day >= days.from_day
    group by lengths.tenant_id, lengths.scored_on, lengths.stage_rank, days.from_day

),

anywhere as (

    select tenant_id, scored_on, from_day, sum(leads) as leads, sum(booked) as booked
    from at_stage
    group by tenant_id, scored_on, from_day

),

arrived as (

    select tenant_id, scored_on,
        sum(arrivals) as leads,
        sum(case when too_early_day < 0 then arrivals else 0 end) as booked
    from lengths
    group by tenant_id, scored_on

),

-- Enough to go by: ten that booked and ten that did not.
told as (

    select tenant_id, scored_on, leads, booked, {{ rate('booked', 'leads') }} as share_booked
    from arrived
    where booked >= {{ score_enough() }} and leads - booked >= {{ score_enough() }}

),

stages as (

    select tenant_id, stage_rank from {{ ref('stg_tenant_stages') }}
    union
    select tenant_id, -1 as stage_rank from {{ ref('stg_tenants') }}

),

leaned as (

    select
        told.tenant_id, told.scored_on, stages.stage_rank, days.from_day,
        cast(coalesce(at_stage.leads, 0) as bigint) as leads,
        cast(coalesce(at_stage.booked, 0) as bigint) as booked,
        cast(coalesce(anywhere.leads, 0) as bigint) as anywhere_leads,
        cast(coalesce(anywhere.booked, 0) as bigint) as anywhere_booked,
        cast(told.leads as bigint) as arrived_leads, cast(told.booked as bigint) as arrived_booked,
        told.share_booked as arrived_share,
        {{ leaning_share(
            'coalesce(anywhere.booked, 0)', 'coalesce(anywhere.leads, 0)', 'told.share_booked'
        ) }} as anywhere_share
    from told
    inner join stages on told.tenant_id = stages.tenant_id
    cross join days
    left join at_stage
        on told.tenant_id = at_stage.tenant_id
        and told.scored_on = at_stage.scored_on
        and stages.stage_rank = at_stage.stage_rank
        and days.from_day = at_stage.from_day
    left join anywhere
        on told.tenant_id = anywhere.tenant_id
        and told.scored_on = anywhere.scored_on
        and days.from_day = anywhere.from_day

)

select *, {{ leaning_share('booked', 'leads', 'anywhere_share') }} as share_booked
from leaned
