-- Days in each stage of the funnel: of the stays that are over, and of the leads that are there now.
with stages as (

    select tenant_id, stage_rank, min(stage_name) as stage_name
    from {{ ref('stg_tenant_stages') }}
    where milestone_type <> 'booking'
    group by tenant_id, stage_rank

),

figures as (

    select
        tenant_id,
        stage_rank,
        count(case when not is_open then 1 end) as completed_spells,
        count(case when is_lost_here then 1 end) as lost_spells,
        {{ median('case when not is_open then days end') }} as median_days,
        {{ percentile('case when not is_open then days end', 0.9) }} as p90_days,
        count(case when is_open then 1 end) as open_spells,
        {{ median('case when is_open then days end') }} as median_open_days,
        max(case when is_open then days end) as longest_open_days,
        count(case when days < 0 then 1 end) as negative_spells
    from {{ ref('int_stage_spells') }}
    group by tenant_id, stage_rank

)

select
    stages.tenant_id,
    cast(stages.stage_rank as integer) as stage_rank,
    stages.stage_name,
    coalesce(figures.completed_spells, 0) as completed_spells,
    coalesce(figures.lost_spells, 0) as lost_spells,
    figures.median_days,
    figures.p90_days,
    coalesce(figures.open_spells, 0) as open_spells,
    figures.median_open_days,
    figures.longest_open_days,
    coalesce(figures.negative_spells, 0) as negative_spells
from stages
left join figures
    on stages.tenant_id = figures.tenant_id
    and stages.stage_rank = figures.stage_rank
