"""The `milepost` command: each verb runs a job in Dagster or reads what is published."""
