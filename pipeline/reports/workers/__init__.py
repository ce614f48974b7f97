"""Rendering in worker processes with limits."""
