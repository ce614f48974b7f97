select * from {{ raw_rows('milestones') }}
