{{ config(materialized='incremental') }}

{{ superseded_versions('users') }}
