{{
    config(
        materialized='incremental',
        unique_key=['tenant_id', 'id'],
        on_schema_change='append_new_columns',
    )
}}

{{ newest_versions('milestones') }}
