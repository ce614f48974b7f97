{#- The stages whose columns carry their names in the funnel view; revisit shares site_visit's rank. -#}
{% macro milestone_stages() -%}
    {{ return(['lead_generated', 'contacted', 'site_visit', 'demo', 'proposal', 'negotiation', 'booking']) }}
{%- endmacro %}

{#- The statuses that a lead's record can have. -#}
{% macro lead_statuses() -%}
    {{ return(['new', 'contacted', 'qualified', 'negotiation', 'converted', 'lost']) }}
{%- endmacro %}
