"""Deliberate mistakes in the models, each of which some test must notice: `make mutate`."""
