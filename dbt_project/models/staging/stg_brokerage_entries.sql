{{ config(materialized='ephemeral') }}

{{ newest_rows('brokerage_entries', [
    'id as brokerage_entry_id',
    'channel_partner_id',
    'booking_id',
    'entry_date',
    'kind',
    'voucher',
    'amount',
    'gst_amount',
    'tds_amount',
]) }}
