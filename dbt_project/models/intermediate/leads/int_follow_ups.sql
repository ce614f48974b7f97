{{ config(materialized='incremental', pre_hook="{{ forget_touched('touched_or_engaged') }}") }}

-- depends_on: {{ ref('build_inputs') }}, {{ ref('touched_or_engaged') }}
-- Every follow-up ever asked for, by a milestone or by the record's next action, with the day on which
-- it was due and the day on which a later milestone or completed engagement satisfied it, or another
-- next action took its place. A contact on the day before it is due counts; one on the day of the
-- milestone that asked does not, unless the follow-up was due that very day, and what was done before
-- a next action was set answers nothing. None pends before it was made.
with tenants as (select * from {{ ref('stg_tenants') }}),

milestones as (

    select * from {{ ref('int_milestones') }} where {{ is_touched('int_milestones', 'touched_or_engaged') }}

),

asked as (

    select * from {{ ref('int_asked_follow_ups') }}
    where {{ is_touched('int_asked_follow_ups', 'touched_or_engaged') }}

),

due as (

    select
        asked.*,
        tenants.timezone,
        {{ day_start('asked.contact_counts_from', 'tenants.timezone') }} as contact_counts_from_at
    from asked
    inner join tenants
        on asked.tenant_id = tenants.tenant_id
        and asked.pending_from <= tenants.as_of_date

),

-- Candidates that may satisfy a follow-up: later milestones and completed contacts.
answers as (

    select due.tenant_id, due.lead_id, due.milestone_number,
        milestones.milestone_date, cast(null as timestamp with time zone) as engaged_at
    from due
    inner join milestones
        on due.tenant_id = milestones.tenant_id
        and due.lead_id = milestones.lead_id
        and due.milestone_number < milestones.milestone_number
        and due.milestone_counts_from <= milestones.milestone_date

    union all

    select due.tenant_id, due.lead_id, due.milestone_number,
        cast(null as date) as milestone_date, engagement.engagement_date as engaged_at
    from due
    inner join ({{ touched_engagement("status = 'completed'") | indent }}) as engagement
        on due.tenant_id = engagement.tenant_id
        and due.lead_id = engagement.lead_id
        and due.contact_counts_from_at <= engagement.engagement_date
        and coalesce(due.set_at < engagement.engagement_date, true)

),

first_answers as (

    select tenant_id, lead_id, milestone_number,
        min(milestone_date) as milestone_date,
        min(engaged_at) as engaged_at
    from answers
    group by tenant_id, lead_id, milestone_number

)

select
    due.tenant_id, due.lead_id, due.milestone_id, due.follow_up_date, due.pending_from,
    case when due.milestone_number < 0 then 'lead' else 'milestone' end as origin,
    least(
        first_answers.milestone_date, {{ local_date('first_answers.engaged_at', 'due.timezone') }},
        due.replaced_date
    ) as satisfied_date
from due
left join first_answers
    on due.tenant_id = first_answers.tenant_id
    and due.lead_id = first_answers.lead_id
    and due.milestone_number = first_answers.milestone_number
