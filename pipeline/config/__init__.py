"""What operators set: the environment, the workspace's paths, the tenants' and sources' files."""
