"""Dagster's entry point: `dagster dev -m pipeline.definitions`."""

from pipeline.defs.code_location import defs

__all__ = ["defs"]
