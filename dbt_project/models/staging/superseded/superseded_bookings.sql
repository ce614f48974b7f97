{{ config(materialized='incremental') }}

{{ superseded_versions('bookings') }}
