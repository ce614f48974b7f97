{#-
    What belongs to a deleted lead (merged, a test, a mistake) counts nowhere. The query left joins
    deleted_leads by tenant_id and lead_id and takes the rows for which this is true.
-#}
{% macro of_no_deleted_lead() -%}
    deleted_leads.lead_id is null
{%- endmacro %}
