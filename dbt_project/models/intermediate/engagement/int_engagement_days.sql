{{ config(materialized='incremental', pre_hook="{{ forget_touched('touched_months') }}") }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_months') }}
-- Completed engagement of each tenant by local day.
with engagement as (

    select
        *,
        {{ month_of('day') }} as month
    from ({{ engagement_since_touched_months("status = 'completed'") | indent }}) as counted

)

select tenant_id, month, day, count(*) as completed_count
from engagement
where {{ is_touched('engagement', 'touched_months') }}
group by tenant_id, month, day
