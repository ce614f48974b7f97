{{ config(materialized='incremental') }}

{{ superseded_versions('instalments') }}
