"""Files in the tenants' inboxes, each format as pieces of rows."""
