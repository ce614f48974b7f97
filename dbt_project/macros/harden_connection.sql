{#-
    Shut the engine in before the first model runs: files of the workspace only, UTC, and no
    statement may open it again. These settings are refused at connection time and must be in this
    order. A second run in the same process finds the door already locked.
-#}
{% macro harden_connection() -%}
    {{ return(adapter.dispatch('harden_connection')()) }}
{%- endmacro %}

{% macro default__harden_connection() -%}{%- endmacro %}

{% macro duckdb__harden_connection() -%}
    {%- if execute and env_var('MILEPOST_RAW_ROOT', '') -%}
        {%- set locked = run_query("select current_setting('lock_configuration')").columns[0][0] -%}
        {%- if not locked -%}
            {%- set folders = [] -%}
            {%- for variable in ('MILEPOST_RAW_ROOT', 'MILEPOST_QUARANTINE_ROOT') -%}
                {%- do folders.append("'" ~ env_var(variable) | replace("'", "''") ~ "'") -%}
            {%- endfor -%}
            {%- do run_query("set global TimeZone = 'UTC'") -%}
            {%- do run_query("set global allowed_directories = [" ~ folders | join(', ') ~ "]") -%}
            {%- do run_query("set global enable_external_access = false") -%}
            {%- do run_query("set global lock_configuration = true") -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
