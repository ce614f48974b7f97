"""A reminder: the letter that is due today to a buyer whose oldest dues have reached a step."""
