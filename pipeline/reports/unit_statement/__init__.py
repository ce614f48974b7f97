"""A flat's statement: the account of one booking, what is due now, and the plan that is left."""
