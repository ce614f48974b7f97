"""Sources: read what the tenants deliver, in bounded pieces, and change nothing where it lies."""
