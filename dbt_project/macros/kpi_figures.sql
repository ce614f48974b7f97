{#- The figures that int_kpi_changes_* write and int_kpi_days turns into columns. -#}
{% macro kpi_figures() -%}
    {{ return([
        'total_leads', 'qualified_leads', 'converted_leads', 'converted_leads_net',
        'active_customers', 'total_bookings', 'booked_amount', 'bookings_cancelled',
        'cancelled_amount', 'outstanding_balance', 'receipts', 'invoiced',
        'engagement_completed', 'site_visits', 'pending_follow_ups',
    ]) }}
{%- endmacro %}
