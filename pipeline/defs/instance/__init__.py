"""Dagster's own instance: its storage, what it may keep, and how its errors are told."""
