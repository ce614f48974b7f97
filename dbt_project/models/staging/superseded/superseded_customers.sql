{{ config(materialized='incremental') }}

{{ superseded_versions('customers') }}
