"""The register of demands, with all demand letters of the period bound behind it."""
