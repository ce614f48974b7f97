"""Mail: what a letter says, and how it is written, the same bytes each time."""
