select * from {{ raw_rows('bookings') }}
