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

{#- The eleven figures of the dashboard, in its order. -#}
{% macro dashboard_kpis() -%}
    {{ return([
        'total_leads', 'new_leads', 'qualified_leads', 'converted_leads', 'conversion_rate',
        'active_customers', 'total_bookings', 'booked_amount', 'outstanding_balance',
        'engagement_this_month', 'pending_follow_ups',
    ]) }}
{%- endmacro %}

{#- The figures that have a month to date -> the figure of int_kpi_days that is added up for it. -#}
{% macro dashboard_flows() -%}
    {{ return({
        'new_leads': 'total_leads', 'qualified_leads': 'qualified_leads',
        'converted_leads': 'converted_leads', 'total_bookings': 'total_bookings',
        'booked_amount': 'booked_amount', 'engagement_this_month': 'engagement_completed',
    }) }}
{%- endmacro %}

{#- The figures that v_kpi_daily has beside the eleven. -#}
{% macro dashboard_net_figures() -%}
    {{ return(['converted_leads_net', 'bookings_cancelled', 'net_bookings', 'net_booked_amount']) }}
{%- endmacro %}
