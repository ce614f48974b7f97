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

summed as (

    select
        dealt.tenant_id, {{ plan }}.customer_id, {{ plan }}.booking_id, dealt.instalment_id, {{ plan }}.kind,
        dealt.entry_id as credit_entry_id,
        {{ pieces }}.settles_by, {{ pieces }}.item_date as value_date, {{ pieces }}.entry_order,
        {{ pieces }}.credit_amount, {{ pieces }}.tax_amount as told_tax,
        {{ plan }}.total, {{ plan }}.tds_amount, {{ plan }}.tax_amount as plan_tax,
        dealt.amount,
        sum(dealt.amount) over (
            partition by dealt.tenant_id, dealt.instalment_id
            order by {{ pieces }}.item_date, {{ pieces }}.entry_order
            rows between unbounded preceding and current row
        ) as settled
    from dealt
    inner join {{ plan }}
        on dealt.tenant_id = {{ plan }}.tenant_id and dealt.instalment_id = {{ plan }}.instalment_id
    inner join {{ pieces }}
        on dealt.tenant_id = {{ pieces }}.tenant_id and dealt.entry_id = {{ pieces }}.entry_id
        and {{ plan }}.customer_id = {{ pieces }}.customer_id
        and {{ plan }}.document_key = {{ pieces }}.document_key

),

within_total as (

    select *, least(total, settled) - least(total, settled - amount) as settling
    from summed

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
