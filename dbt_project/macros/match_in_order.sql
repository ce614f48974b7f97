{#-
    First in, first out: use up credits against debits in order, keeping partial amounts.

    `debits` and `credits` are CTEs with tenant_id, customer_id, match_key, entry_id, item_date,
    entry_order and open_amount (above zero); their order is item_date, entry_order, and a credit's
    item_date is its day. Within one (tenant, customer, key) lay the debits end to end on a line, and
    the credits on another: every piece between two cuts belongs to one debit and one credit.
    Cuts are sorted and counted, never compared in pairs, so an account with 100,000 entries costs
    what its entries cost. `prefix` tells the CTEs of a second call in a model apart from the first's.
-#}
{% macro match_in_order(debits, credits, prefix='') -%}
{{ prefix }}debit_spans as ({{ spans(debits) }}),

{{ prefix }}credit_spans as ({{ spans(credits) }}),

{{ prefix }}cuts as (

    select tenant_id, customer_id, match_key, span_end,
        sum(debit_ends) as debit_ends,
        sum(credit_ends) as credit_ends
    from (
        select tenant_id, customer_id, match_key, span_end, 1 as debit_ends, 0 as credit_ends
        from {{ prefix }}debit_spans as debit_spans
        union all
        select tenant_id, customer_id, match_key, span_end, 0 as debit_ends, 1 as credit_ends
        from {{ prefix }}credit_spans as credit_spans
    ) as ends
    group by tenant_id, customer_id, match_key, span_end

),

{{ prefix }}pieces as (

    select
        tenant_id,
        customer_id,
        match_key,
        span_end - coalesce(lag(span_end) over (
            partition by tenant_id, customer_id, match_key order by span_end
        ), 0) as amount,
        1 + coalesce(sum(debit_ends) over (
            partition by tenant_id, customer_id, match_key order by span_end
            rows between unbounded preceding and 1 preceding
        ), 0) as debit_number,
        1 + coalesce(sum(credit_ends) over (
            partition by tenant_id, customer_id, match_key order by span_end
            rows between unbounded preceding and 1 preceding
        ), 0) as credit_number
    from {{ prefix }}cuts as cuts

),

{{ prefix }}matched as (

    select
        pieces.tenant_id,
        pieces.customer_id,
        credit_spans.entry_id as credit_entry_id,
        credit_spans.item_date as credit_date,
        debit_spans.entry_id as debit_entry_id,
        {{ money('pieces.amount') }} as amount
    from {{ prefix }}pieces as pieces
    inner join {{ prefix }}debit_spans as debit_spans
        on pieces.tenant_id = debit_spans.tenant_id
        and pieces.customer_id = debit_spans.customer_id
        and pieces.match_key = debit_spans.match_key
        and pieces.debit_number = debit_spans.item_number
    inner join {{ prefix }}credit_spans as credit_spans
        on pieces.tenant_id = credit_spans.tenant_id
        and pieces.customer_id = credit_spans.customer_id
        and pieces.match_key = credit_spans.match_key
        and pieces.credit_number = credit_spans.item_number

)
{%- endmacro %}

{% macro spans(items) %}
    select
        tenant_id,
        customer_id,
        match_key,
        entry_id,
        item_date,
        row_number() over (
            partition by tenant_id, customer_id, match_key order by item_date, entry_order
        ) as item_number,
        sum(open_amount) over (
            partition by tenant_id, customer_id, match_key order by item_date, entry_order
            rows between unbounded preceding and current row
        ) as span_end
    from {{ items }}
{% endmacro %}

{#- The amount that the passes before have used up of each entry, debit or credit. -#}
{% macro allocated_amounts(passes) -%}
    select tenant_id, entry_id, sum(amount) as amount
    from (
        {%- for relation in passes %}
        select tenant_id, debit_entry_id as entry_id, amount from {{ relation }}
        union all
        select tenant_id, credit_entry_id as entry_id, amount from {{ relation }}
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as used
    group by tenant_id, entry_id
{%- endmacro %}
