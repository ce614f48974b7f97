"""Quarantine: the rows that wait for somebody, and which of them are still open."""
