{{ config(materialized='view') }}

-- Every follow-up that was asked for: by a milestone, or by the record's next action; from when on it
-- pends and from when on something answers it.
select
    tenant_id, lead_id, milestone_id, follow_up_date, milestone_number,
    cast(null as date) as replaced_date,
    greatest(follow_up_date, milestone_date) as pending_from,
    coalesce({{ add_days('follow_up_date', -1) }}, milestone_date) as milestone_counts_from,
    case
        when follow_up_date <= milestone_date then {{ add_days('follow_up_date', -1) }}
        else greatest({{ add_days('milestone_date', 1) }}, {{ add_days('follow_up_date', -1) }})
    end as contact_counts_from,
    cast(null as timestamp with time zone) as set_at
from {{ ref('int_milestones') }}
where asks_follow_up

union all

select
    tenant_id, lead_id, cast(null as varchar) as milestone_id,
    next_action_date as follow_up_date, -action_number as milestone_number,
    replaced_date,
    greatest(next_action_date, set_on) as pending_from,
    greatest({{ add_days('next_action_date', -1) }}, {{ add_days('set_on', 1) }}) as milestone_counts_from,
    greatest({{ add_days('next_action_date', -1) }}, set_on) as contact_counts_from,
    set_at
from {{ ref('int_next_actions') }}
