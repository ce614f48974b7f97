{{ config(materialized='ephemeral') }}

{{ newest_rows('units', [
    'id as unit_id',
    'project_id',
    'tower',
    'floor',
    'unit_number',
    'unit_type',
    'carpet_sqft',
    'saleable_sqft',
    'list_price',
    'status',
    'blocked_until',
]) }}
