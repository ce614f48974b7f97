{{ config(materialized='incremental') }}

{{ superseded_versions('campaign_spend') }}
