{#-
    The rows of int_instalment_receipts: `pieces` of documents, those of shared ones as `matched`. No
    instalment gets more than its total. Tax within: what the entry says, else none of a certificate
    and of money its share of the instalment's. `tax_amount` is rounded piece by piece, as a month's
    receipts are; `base_amount` is without what is rounded over all of them, and so ends at the plan's.
-#}
{% macro instalment_receipts(pieces, plan, matched) -%}
dealt as (

    select {{ plan }}.tenant_id, {{ plan }}.instalment_id, {{ pieces }}.entry_id, {{ pieces }}.open_amount as amount
    from {{ pieces }}
    inner join {{ plan }}
        on {{ pieces }}.tenant_id = {{ plan }}.tenant_id
        and {{ pieces }}.customer_id = {{ plan }}.customer_id
        and {{ pieces }}.document_key = {{ plan }}.document_key
        and (
            {{ plan }}.voucher_size = 1
            or ({{ pieces }}.settles_by = 'other' and {{ pieces }}.instalment_id = {{ plan }}.instalment_id)
        )
    union all
    select tenant_id, debit_entry_id as instalment_id, credit_entry_id as entry_id, sum(amount) as amount
    from {{ matched }}
    group by tenant_id, debit_entry_id, credit_entry_id

),

capped as (

    select
        dealt.tenant_id, {{ plan }}.customer_id, {{ plan }}.document_key, dealt.instalment_id, dealt.entry_id,
        {{ plan }}.voucher_size, {{ plan }}.voucher_place, {{ plan }}.ledger_amount,
        least({{ plan }}.ledger_amount, sum(dealt.amount) over so_far)
        - least({{ plan }}.ledger_amount, sum(dealt.amount) over so_far - dealt.amount) as amount
    from dealt
    inner join {{ plan }}
        on dealt.tenant_id = {{ plan }}.tenant_id and dealt.instalment_id = {{ plan }}.instalment_id
    inner join {{ pieces }}
        on dealt.tenant_id = {{ pieces }}.tenant_id and dealt.entry_id = {{ pieces }}.entry_id
        and {{ plan }}.customer_id = {{ pieces }}.customer_id
        and {{ plan }}.document_key = {{ pieces }}.document_key
    window so_far as (
        partition by dealt.tenant_id, dealt.instalment_id order by {{ pieces }}.item_date, {{ pieces }}.entry_order
        rows between unbounded preceding and current row
    )

),

spare_room as (

    select {{ plan }}.tenant_id, {{ plan }}.customer_id, {{ plan }}.document_key as match_key,
        {{ plan }}.instalment_id as entry_id, cast(null as date) as item_date, {{ plan }}.voucher_place as entry_order,
        {{ plan }}.ledger_amount - coalesce(sum(capped.amount), 0) as open_amount
    from {{ plan }}
    left join capped
        on {{ plan }}.tenant_id = capped.tenant_id and {{ plan }}.instalment_id = capped.instalment_id
    where {{ plan }}.voucher_size > 1
    group by {{ plan }}.tenant_id, {{ plan }}.customer_id, {{ plan }}.document_key, {{ plan }}.instalment_id,
        {{ plan }}.voucher_place, {{ plan }}.ledger_amount
    having {{ plan }}.ledger_amount > coalesce(sum(capped.amount), 0)

),

spare_money as (

    select {{ pieces }}.tenant_id, {{ pieces }}.customer_id, {{ pieces }}.document_key as match_key,
        {{ pieces }}.entry_id, {{ pieces }}.item_date, {{ pieces }}.entry_order,
        {{ pieces }}.open_amount - coalesce(sum(capped.amount), 0) as open_amount
    from {{ pieces }}
    inner join (select distinct tenant_id, customer_id, match_key from spare_room) as rooms
        on {{ pieces }}.tenant_id = rooms.tenant_id and {{ pieces }}.customer_id = rooms.customer_id
        and {{ pieces }}.document_key = rooms.match_key
    left join capped
        on {{ pieces }}.tenant_id = capped.tenant_id and {{ pieces }}.customer_id = capped.customer_id
        and {{ pieces }}.document_key = capped.document_key and {{ pieces }}.entry_id = capped.entry_id
    group by {{ pieces }}.tenant_id, {{ pieces }}.customer_id, {{ pieces }}.document_key, {{ pieces }}.entry_id,
        {{ pieces }}.item_date, {{ pieces }}.entry_order, {{ pieces }}.open_amount
    having {{ pieces }}.open_amount > coalesce(sum(capped.amount), 0)

),

{{ match_in_order('spare_room', 'spare_money', prefix='spare_') }},

settled as (

    select tenant_id, instalment_id, entry_id, sum(amount) as amount
    from (
        select tenant_id, instalment_id, entry_id, amount from capped
        union all
        select tenant_id, debit_entry_id, credit_entry_id, amount from spare_matched
    ) as parts
    group by tenant_id, instalment_id, entry_id

),

within_total as (

    select
        settled.tenant_id, {{ plan }}.customer_id, {{ plan }}.booking_id, settled.instalment_id, {{ plan }}.kind,
        settled.entry_id as credit_entry_id,
        {{ pieces }}.settles_by, {{ pieces }}.item_date as value_date, {{ pieces }}.entry_order,
        {{ pieces }}.credit_amount, {{ pieces }}.tax_amount as told_tax,
        {{ plan }}.total, {{ plan }}.tds_amount, {{ plan }}.tax_amount as plan_tax,
        settled.amount as settling
    from settled
    inner join {{ plan }}
        on settled.tenant_id = {{ plan }}.tenant_id and settled.instalment_id = {{ plan }}.instalment_id
    inner join {{ pieces }}
        on settled.tenant_id = {{ pieces }}.tenant_id and settled.entry_id = {{ pieces }}.entry_id
        and {{ plan }}.customer_id = {{ pieces }}.customer_id
        and {{ plan }}.document_key = {{ pieces }}.document_key

),

taxed as (

    select *,
        case when settles_by = 'cash' and told_tax is null
            then settling else 0 end as taxable,
        sum(case when settles_by = 'cash' and told_tax is null then settling else 0 end) over (
            partition by tenant_id, instalment_id order by value_date, entry_order
            rows between unbounded preceding and current row
        ) as taxable_so_far
    from within_total
    where settling > 0

),

shares as (

    select *,
        least(taxable_so_far, total - tds_amount) as taxable_now,
        least(taxable_so_far - taxable, total - tds_amount) as taxable_before
    from taxed

)

select
    tenant_id, customer_id, booking_id, instalment_id, kind, credit_entry_id, settles_by, value_date,
    entry_order,
    {{ money('settling') }} as amount,
    case
        when settles_by = 'cash' and told_tax is not null
            then {{ share_of('settling', 'told_tax', 'credit_amount') }}
        else coalesce({{ share_of('taxable_now - taxable_before', 'plan_tax', 'total - tds_amount') }}, 0)
    end as tax_amount,
    {{ money('settling') }} - case
        when settles_by = 'cash' and told_tax is not null
            then {{ share_of('settling', 'told_tax', 'credit_amount') }}
        else coalesce(
            {{ share_of('taxable_now', 'plan_tax', 'total - tds_amount') }}
            - {{ share_of('taxable_before', 'plan_tax', 'total - tds_amount') }}, 0
        )
    end as base_amount
from shares
{%- endmacro %}
