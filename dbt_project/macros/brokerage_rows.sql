{#- The rows of brokerage: its CTEs brought, earned and entries together. -#}
{% macro brokerage_rows() -%}
, pairs as (

    select tenant_id, channel_partner_id, booking_id from brought
    union
    select tenant_id, channel_partner_id, booking_id from entries

),

sums as (

    select
        pairs.tenant_id, pairs.channel_partner_id, pairs.booking_id, brought.brokerage_percent, earned.earned_on,
        coalesce(brought.brokerage, 0) as brokerage,
        case when brought.is_cancelled or brought.booking_id is null then 0
            else coalesce(earned.earned, 0) end as earned,
        {%- for figure in ['invoiced', 'invoiced_gst', 'invoiced_tds', 'paid', 'recovered'] %}
        coalesce(entries.{{ figure }}, 0) as {{ figure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from pairs
    left join brought
        on pairs.tenant_id = brought.tenant_id and pairs.booking_id = brought.booking_id
        and pairs.channel_partner_id = brought.channel_partner_id
    left join earned on brought.tenant_id = earned.tenant_id and brought.booking_id = earned.booking_id
    left join entries
        on pairs.tenant_id = entries.tenant_id and pairs.channel_partner_id = entries.channel_partner_id
        and pairs.booking_id = entries.booking_id

)

select
    sums.tenant_id, sums.channel_partner_id, sums.booking_id,
    partners.partner_code, partners.partner_name, partners.rera_number, partners.gst_number, partners.email,
    accounts.booking_code, accounts.customer_name, accounts.status, accounts.project_id, accounts.unit_number,
    accounts.booking_date, accounts.booking_amount, accounts.agreement_date, accounts.received_percent,
    sums.brokerage_percent,
    {%- for figure in ['brokerage', 'earned', 'invoiced', 'invoiced_gst', 'invoiced_tds', 'paid', 'recovered'] %}
    {{ money('sums.' ~ figure) }} as {{ figure }},
    {%- endfor %}
    sums.earned_on,
    {{ money('greatest(sums.earned - sums.paid, 0)') }} as payable,
    {{ money('greatest(sums.paid - sums.earned - sums.recovered, 0)') }} as recoverable
from sums
left join {{ ref('stg_channel_partners') }} as partners
    on sums.tenant_id = partners.tenant_id and sums.channel_partner_id = partners.channel_partner_id
left join {{ ref('booking_accounts') }} as accounts
    on sums.tenant_id = accounts.tenant_id and sums.booking_id = accounts.booking_id
    and accounts.booking_id <> '(none)'
{%- endmacro %}
