"""Sidecars: small tables that land beside the entities, from the registry and the sources."""
