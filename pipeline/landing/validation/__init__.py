"""Validation: values from text, and the contract's rules for each row."""
