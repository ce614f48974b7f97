{{ config(materialized='incremental') }}

{{ superseded_versions('campaigns') }}
