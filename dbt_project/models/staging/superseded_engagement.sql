{{ config(materialized='incremental') }}

{{ superseded_versions('engagement') }}
