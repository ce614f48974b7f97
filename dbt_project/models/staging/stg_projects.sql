{{ config(materialized='ephemeral') }}

{{ newest_rows('projects', [
    'id as project_id',
    'project_code',
    'project_name',
    'rera_number',
    'city',
    'state',
    'launch_date',
    'promised_date',
    'oc_date',
    'gst_number',
    'account_name',
    'account_number',
    'bank',
    'ifsc',
]) }}
