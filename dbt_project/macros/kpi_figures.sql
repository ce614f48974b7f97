{#-
    The figures that int_kpi_changes_* write and int_kpi_days turns into columns: all of them by day,
    stocks also at the end of each day, flows also as their month to date.
-#}
{% macro kpi_figures() -%}
    {{ return(kpi_stocks() + ['receipts', 'invoiced', 'engagement_completed', 'site_visits']) }}
{%- endmacro %}

{% macro kpi_stocks() -%}
    {{ return([
        'total_leads', 'qualified_leads', 'converted_leads', 'converted_leads_net',
        'active_customers', 'total_bookings', 'booked_amount', 'bookings_cancelled',
        'cancelled_amount', 'outstanding_balance', 'pending_follow_ups',
    ]) }}
{%- endmacro %}

{% macro kpi_flows() -%}
    {{ return([
        'total_leads', 'qualified_leads', 'converted_leads', 'total_bookings', 'booked_amount',
        'engagement_completed',
    ]) }}
{%- endmacro %}
