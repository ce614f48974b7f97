{{ config(materialized='ephemeral') }}

{{ newest_rows('channel_partners', [
    'id as channel_partner_id',
    'partner_code',
    'partner_name',
    'rera_number',
    'pan_number',
    'gst_number',
    'email',
    'brokerage_percent',
]) }}
