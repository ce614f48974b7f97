"""Comparison: which rows of an arrival are new, changed, repeated or gone."""
