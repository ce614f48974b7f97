"""Dagster only, one file a noun: a window on the library underneath, which works without it."""
