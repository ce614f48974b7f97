"""The sales dashboard: one page with nine tabs, and what its script filters."""
