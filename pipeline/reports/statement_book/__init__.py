"""The statement book: all statements of a tenant in one PDF."""
