{{ config(materialized='incremental') }}

{{ superseded_versions('lead_sources') }}
