"""The record of every delivery, state/deliveries.sqlite, and the states a delivery can have."""
