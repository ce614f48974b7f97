{{ config(materialized='ephemeral') }}

{{ newest_rows('booking_parties', [
    'id as booking_party_id',
    'booking_id',
    'party_name',
    'pan_number',
    'email',
    'phone',
    'share_percent',
]) }}
