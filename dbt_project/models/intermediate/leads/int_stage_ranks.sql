{%- set stages = milestone_stages() %}
-- The rank of each stage in the tenant's funnel, and of the stage before it there; null for a stage
-- that the funnel leaves out.
with ranked as (

    select
        stages.tenant_id, stages.milestone_type, stages.stage_rank, max(earlier.stage_rank) as rank_before
    from {{ ref('stg_tenant_stages') }} as stages
    left join {{ ref('stg_tenant_stages') }} as earlier
        on stages.tenant_id = earlier.tenant_id and earlier.stage_rank < stages.stage_rank
    group by stages.tenant_id, stages.milestone_type, stages.stage_rank

)

select
    tenant_id,
    min(stage_rank) as first_rank
    {%- for stage in stages %},
    max(case when milestone_type = '{{ stage }}' then stage_rank end) as rank_{{ stage }},
    max(case when milestone_type = '{{ stage }}' then rank_before end) as before_{{ stage }}
    {%- endfor %}
from ranked
group by tenant_id
