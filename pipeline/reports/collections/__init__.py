"""The morning's collections: what came in, what is overdue, whom to call and what to send."""
