{{ config(materialized='ephemeral') }}

{{ newest_rows('stages', [
    'id as stage_id',
    'project_id',
    'tower',
    'stage_name',
    'planned_date',
    'completed_date',
]) }}
