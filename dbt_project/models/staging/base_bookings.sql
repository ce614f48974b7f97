{{ newest_versions('bookings') }}
