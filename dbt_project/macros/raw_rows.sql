{#-
    The landed rows of one entity. The source() call keeps the lineage; on DuckDB the rows are read
    where landing put them, one Parquet file a batch, each column by its name.
-#}
{% macro raw_rows(entity) -%}
    {{ return(adapter.dispatch('raw_rows')(source('raw', entity), 'MILEPOST_RAW_ROOT', entity)) }}
{%- endmacro %}

{% macro quarantined_rows() -%}
    {{ return(adapter.dispatch('raw_rows')(source('quarantine', 'rows'), 'MILEPOST_QUARANTINE_ROOT', '*')) }}
{%- endmacro %}

{% macro default__raw_rows(relation, root_variable, entity) -%}
    {{ relation }}
{%- endmacro %}

{% macro duckdb__raw_rows(relation, root_variable, entity) -%}
    read_parquet('{{ env_var(root_variable, 'raw') | replace("'", "''") }}/{{ entity }}/*.parquet', union_by_name = true)
{%- endmacro %}

{#- The entities of the source contract of which a model superseded_… keeps the older versions. -#}
{% macro source_entities() -%}
    {{ return([
        'leads', 'customers', 'lead_sources', 'campaigns', 'campaign_spend', 'milestones', 'engagement',
        'bookings', 'ledger_entries', 'users', 'instalments',
    ]) }}
{%- endmacro %}

{#- The others: thousands of rows at most, looked through as a whole at each build. -#}
{% macro small_entities() -%}
    {{ return([
        'projects', 'units', 'stages', 'interest_rates', 'booking_parties', 'channel_partners',
        'brokerage_entries',
    ]) }}
{%- endmacro %}
