{#- The tenants that this build leaves out because their rows stopped a model, as literals. -#}
{% macro set_aside_tenants() -%}
    {{ return(adapter.dispatch('set_aside_tenants')()) }}
{%- endmacro %}

{% macro default__set_aside_tenants() -%}
    ''
    {%- for tenant in fromjson(env_var('MILEPOST_SET_ASIDE', '[]')) %}, '{{ tenant | replace("'", "''") }}'
    {%- endfor %}
{%- endmacro %}
