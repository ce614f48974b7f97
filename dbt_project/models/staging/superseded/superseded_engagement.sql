{{ config(materialized='incremental') }}

{{ superseded_versions('engagement', facts=ref('engagement_facts')) }}
