{#-
    The landed rows of one entity. The source() call keeps the lineage; on DuckDB the rows are read
    where landing put them, one Parquet file a batch, each column by its name.
-#}
{% macro raw_rows(entity) -%}
    {{ return(adapter.dispatch('raw_rows')(source('raw', entity), env_var('MILEPOST_RAW_ROOT', 'raw'), entity)) }}
{%- endmacro %}

{% macro quarantined_rows() -%}
    {{ return(adapter.dispatch('raw_rows')(source('quarantine', 'rows'), env_var('MILEPOST_QUARANTINE_ROOT', 'quarantine'), '*')) }}
{%- endmacro %}

{% macro default__raw_rows(relation, root, entity) -%}
    {{ relation }}
{%- endmacro %}

{% macro duckdb__raw_rows(relation, root, entity) -%}
    read_parquet('{{ root | replace("'", "''") }}/{{ entity }}/*.parquet', union_by_name = true)
{%- endmacro %}
