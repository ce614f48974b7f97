{{ newest_versions('ledger_entries') }}
