{#-
    The part of a large published table that the rows of a batch are in: the beginning of the batch's
    id. Batches of earlier months are together by month, those of earlier days by day, and those of the
    newest day each by itself: so few files are written again, and there are never many.
-#}
{% macro published_part(batch_id) -%}
    {%- set newest = newest_batch(ref('source_arrivals')) if execute else '' -%}
    case
        when left({{ batch_id }}, 8) = left('{{ newest }}', 8) then {{ batch_id }}
        when left({{ batch_id }}, 6) = left('{{ newest }}', 6) then left({{ batch_id }}, 8)
        else left({{ batch_id }}, 6)
    end
{%- endmacro %}

{#- A number from landing's hash of a row, such that the sum over rows tells other rows apart. -#}
{% macro row_print(row_hash) -%}
    {{ return(adapter.dispatch('row_print')(row_hash)) }}
{%- endmacro %}

{% macro default__row_print(row_hash) -%}
    cast(cast('x' || {{ row_hash }} as bit(64)) as bigint)
{%- endmacro %}

{% macro duckdb__row_print(row_hash) -%}
    hash({{ row_hash }})
{%- endmacro %}
