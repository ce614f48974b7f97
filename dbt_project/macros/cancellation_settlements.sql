{#- The last day on which tax of an invoice can be reversed: 30 November after its fiscal year. -#}
{% macro tax_reversal_end(day, first_month) -%}
{%- set year_after -%}
    {{ add_months(month_of(day), '(12 - mod(cast(extract(month from ' ~ day ~ ') as integer) + 12 - ' ~ first_month ~ ', 12))') }}
{%- endset -%}
{%- set november -%}
    {{ add_days(add_months('cast(date_trunc(\'year\', ' ~ year_after ~ ') as date)', 11), -1) }}
{%- endset -%}
    case
        when {{ november }} >= {{ year_after }} then {{ november }}
        else {{ add_days(add_months('cast(date_trunc(\'year\', ' ~ year_after ~ ') as date)', 23), -1) }}
    end
{%- endmacro %}

{#- The rows of cancellation_settlements from the sums of each booking. -#}
{% macro cancellation_settlements(sums) -%}
, forfeits as (

    select *,
        forfeiture + {{ percent_of('forfeiture_gst_percent', 'forfeiture') }} as forfeiture_by_rule,
        case
            when forfeited_in_ledger <> 0 then forfeited_in_ledger
            else forfeiture + {{ percent_of('forfeiture_gst_percent', 'forfeiture') }}
        end as forfeited
    from {{ sums }}

),

dues as (

    select *, received - forfeited - interest - tax_not_reversed as refund_due
    from forfeits

)

select
    tenant_id, booking_id, customer_id, project_id, cancelled_on,
    {{ money('booking_amount') }} as booking_amount,
    {{ money('received') }} as received,
    {{ money('tax') }} as tax_amount,
    {{ money('forfeited') }} as forfeited,
    {{ money('forfeiture_by_rule') }} as forfeited_by_rule,
    {{ money('interest') }} as interest_amount,
    {{ money('tax_not_reversed') }} as tax_not_reversed_amount,
    {{ money('refund_due') }} as refund_due_amount,
    {{ money('refund_paid') }} as refund_paid,
    {{ money('refund_due - refund_paid') }} as refund_open_amount,
    case when refund_due > refund_paid
        then {{ days_between('cancelled_on', 'as_of_date') }} else 0 end as days_open,
    {{ money('refund_due + tax_not_reversed - tax') }} as refund_without_reversal_amount,
    credit_notes_by,
    still_to_reverse_by,
    {{ money('cancellation_refund_amount') }} as recorded_refund_amount
from dues
{%- endmacro %}
