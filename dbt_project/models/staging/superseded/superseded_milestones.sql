{{ config(materialized='incremental') }}

{{ superseded_versions('milestones') }}
