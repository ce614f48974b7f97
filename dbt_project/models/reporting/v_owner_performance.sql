-- The leads, the work and the bookings of each owner. Leads without an owner are under "(none)" and
-- users without work are listed, so that the owners' sums are the tenant's. Bookings belong to the
-- owner of their lead, engagement to the person who did it.
with leads as (

    select leads.*, tenants.month_start, coalesce(leads.assigned_to, '(none)') as owner_id
    from {{ ref('leads') }} as leads
    inner join {{ ref('stg_tenants') }} as tenants on leads.tenant_id = tenants.tenant_id

),

led as (

    select
        tenant_id,
        owner_id,
        count(*) as total_leads,
        count(case when lead_date >= month_start then 1 end) as new_leads_mtd,
        count(case when not is_lost and not is_converted then 1 end) as open_leads,
        count(case when is_qualified then 1 end) as qualified_leads,
        count(case when is_converted then 1 end) as converted_leads,
        count(case when is_converted_net then 1 end) as converted_leads_net,
        count(case when is_lost then 1 end) as lost_leads,
        cast(sum(site_visit_count) as bigint) as site_visits,
        count(case when {{ awaits_response('leads') }} then 1 end) as unanswered_leads,
        {{ median('first_response_hours') }} as median_first_response_hours,
        {{ median('days_to_booking') }} as median_days_to_booking
    from leads
    group by tenant_id, owner_id

),

work as (select * from {{ ref('int_owner_work') }}),

users as (select * from {{ ref('stg_users') }}),

owners as (

    select tenant_id, owner_id from led
    union
    select tenant_id, owner_id from work
    union
    select users.tenant_id, users.user_id as owner_id
    from users
    inner join {{ ref('stg_tenants') }} as tenants on users.tenant_id = tenants.tenant_id

)

select
    owners.tenant_id,
    owners.owner_id,
    coalesce(users.name, owners.owner_id) as owner_name,
    users.team,
    users.is_active,
    {%- for count in [
        'total_leads', 'new_leads_mtd', 'open_leads', 'qualified_leads', 'converted_leads',
        'converted_leads_net', 'lost_leads', 'site_visits', 'unanswered_leads',
    ] %}
    coalesce(led.{{ count }}, 0) as {{ count }},
    {%- endfor %}
    {{ rate('led.converted_leads', 'led.total_leads') }} as conversion_rate,
    led.median_first_response_hours,
    led.median_days_to_booking,
    {%- for count in ['bookings', 'bookings_mtd', 'net_bookings'] %}
    coalesce(work.{{ count }}, 0) as {{ count }},
    {%- endfor %}
    {%- for amount in ['booked_value', 'booked_value_mtd', 'net_booked_value'] %}
    {{ money_sum('coalesce(work.' ~ amount ~ ', 0)') }} as {{ amount }},
    {%- endfor %}
    coalesce(work.engagement_completed, 0) as engagement_completed,
    coalesce(work.engagement_completed_mtd, 0) as engagement_completed_mtd,
    {{ rate('work.answered_count', 'work.answerable_count') }} as response_rate,
    {%- for count in ['overdue', 'due_today', 'undated'] %}
    coalesce(work.follow_ups_{{ count }}, 0) as follow_ups_{{ count }},
    {%- endfor %}
    work.oldest_follow_up_date
from owners
left join led on owners.tenant_id = led.tenant_id and owners.owner_id = led.owner_id
left join work on owners.tenant_id = work.tenant_id and owners.owner_id = work.owner_id
left join users on owners.tenant_id = users.tenant_id and owners.owner_id = users.user_id
