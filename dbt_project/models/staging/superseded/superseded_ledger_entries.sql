{{ config(materialized='incremental') }}

{{ superseded_versions('ledger_entries') }}
