{{ config(materialized='ephemeral') }}

{{ newest_rows('interest_rates', [
    'id as interest_rate_id',
    'project_id',
    'valid_from',
    'rate_percent',
    'note',
]) }}
