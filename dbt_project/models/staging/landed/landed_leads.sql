select * from {{ raw_rows('leads') }}
