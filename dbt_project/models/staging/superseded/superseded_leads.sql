{{ config(materialized='incremental') }}

{{ superseded_versions('leads') }}
