"""Schedule: when each report is owed, in its tenant's own time."""
