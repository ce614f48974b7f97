"""The inventory: units by status and value, how fast they go, a stacking chart of each tower."""
