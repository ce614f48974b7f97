"""From the warehouse to `published/<tenant>/`: run the models, audit, split by tenant, flip."""
