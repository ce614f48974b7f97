"""Control: the source's own totals, its schema and its counts held against what landed."""
