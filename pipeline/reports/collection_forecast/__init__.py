"""The forecast of collections: what falls due and what is expected in the next twelve weeks."""
