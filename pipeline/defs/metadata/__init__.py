"""What a step tells Dagster of its work: figures, links, counts, checks."""
