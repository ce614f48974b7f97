-- What each partner has earned with each booking, and what is to be paid or given back. A step is
-- earned on the first day on which so much was received and, if asked, the agreement is registered.
with brought as (

    select
        bookings.tenant_id, bookings.channel_partner_id, bookings.booking_id, bookings.booking_amount,
        bookings.booking_date, bookings.agreement_date, bookings.is_cancelled, tenants.as_of_date,
        coalesce(bookings.brokerage_percent, partners.brokerage_percent) as brokerage_percent,
        {{ percent_of(
            'coalesce(bookings.brokerage_percent, partners.brokerage_percent)', 'bookings.booking_amount'
        ) }}
            as brokerage
    from {{ ref('int_bookings') }} as bookings
    inner join {{ ref('stg_tenants') }} as tenants on bookings.tenant_id = tenants.tenant_id
    left join {{ ref('stg_channel_partners') }} as partners
        on bookings.tenant_id = partners.tenant_id
        and bookings.channel_partner_id = partners.channel_partner_id
    where bookings.channel_partner_id is not null and bookings.is_gross

),

receipts as (

    select tenant_id, booking_id, day, sum(sum(amount)) over (
        partition by tenant_id, booking_id order by day rows between unbounded preceding and current row
    ) as received
    from (
        select tenant_id, booking_id, value_date as day, base_amount as amount
        from {{ ref('int_booking_receipts') }}
        union all
        select tenant_id, booking_id, booking_date as day, 0 as amount from brought
    ) as days
    group by tenant_id, booking_id, day

),

steps as (

    select
        brought.tenant_id, brought.booking_id, brought.as_of_date, brought.agreement_date, steps.step,
        steps.needs_agreement,
        {{ percent_of('steps.share_percent', 'brought.brokerage') }} as share,
        min(receipts.day) as reached_on
    from brought
    inner join {{ ref('stg_realty_steps') }} as steps
        on brought.tenant_id = steps.tenant_id and steps.kind = 'brokerage'
    inner join receipts
        on brought.tenant_id = receipts.tenant_id and brought.booking_id = receipts.booking_id
        and receipts.received * 100 >= steps.received_percent * brought.booking_amount
    group by
        brought.tenant_id, brought.booking_id, brought.as_of_date, brought.agreement_date, steps.step,
        steps.needs_agreement, steps.share_percent, brought.brokerage

),

earned as (

    select tenant_id, booking_id, sum(share) as earned, max(earned_on) as earned_on
    from (
        select *,
            case when needs_agreement then greatest(reached_on, agreement_date)
                else reached_on end as earned_on
        from steps
        where not needs_agreement or agreement_date is not null
    ) as dated
    where earned_on <= as_of_date
    group by tenant_id, booking_id

),

entries as (

    select
        entries.tenant_id, entries.channel_partner_id, coalesce(entries.booking_id, '(none)') as booking_id,
        {%- for kind, column in {
            'invoice': 'invoiced', 'payment': 'paid', 'recovery': 'recovered',
        }.items() %}
        sum(case when entries.kind = '{{ kind }}' then entries.amount else 0 end) as {{ column }},
        {%- endfor %}
        sum(case when entries.kind = 'invoice' then entries.gst_amount else 0 end) as invoiced_gst,
        sum(case when entries.kind = 'invoice' then entries.tds_amount else 0 end) as invoiced_tds
    from {{ ref('stg_brokerage_entries') }} as entries
    inner join {{ ref('stg_tenants') }} as tenants
        on entries.tenant_id = tenants.tenant_id and entries.entry_date <= tenants.as_of_date
    group by entries.tenant_id, entries.channel_partner_id, coalesce(entries.booking_id, '(none)')

)

{{ brokerage_rows() }}
