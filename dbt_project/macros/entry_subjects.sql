{#- What is never part of an instalment, even where the entry names one. -#}
{% macro purposes_outside_the_plan() -%}
    ('interest', 'tds', 'waiver', 'withdrawal', 'forfeiture', 'refund')
{%- endmacro %}

{#-
    The rows of int_entry_subjects, of entries whose booking and document are known. Of a certificate
    only what may be deducted of its document is used, the oldest first; the excess stays unapplied.
-#}
{% macro entry_subjects(resolved, documents) -%}
, certified as (

    select
        {{ resolved }}.*,
        {{ documents }}.tds_amount,
        sum(case when purpose = 'tds' and movement < 0 then -movement end) over (
            partition by {{ resolved }}.tenant_id, {{ resolved }}.customer_id, of_document
            order by ledger_date, entry_order
            rows between unbounded preceding and current row
        ) as certified_amount
    from {{ resolved }}
    left join {{ documents }}
        on {{ resolved }}.tenant_id = {{ documents }}.tenant_id
        and {{ resolved }}.customer_id = {{ documents }}.customer_id
        and {{ resolved }}.of_document = {{ documents }}.document_key

)

select
    tenant_id,
    customer_id,
    entry_id,
    of_booking_id as booking_id,
    instalment_id,
    of_document as document_key,
    movement > 0 and of_document is not null and purpose not in {{ purposes_outside_the_plan() }}
        as is_of_the_plan,
    {{ money("case
        when purpose = 'tds' and movement < 0 and tds_amount is not null
            then least(-movement, greatest(tds_amount - (certified_amount + movement), 0))
        else abs(movement)
    end") }} as usable_amount
from certified
{%- endmacro %}
