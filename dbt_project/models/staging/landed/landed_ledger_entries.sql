select * from {{ raw_rows('ledger_entries') }}
