select * from {{ raw_rows('customers') }}
