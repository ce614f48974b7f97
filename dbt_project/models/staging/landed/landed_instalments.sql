select * from {{ raw_rows('instalments') }}
