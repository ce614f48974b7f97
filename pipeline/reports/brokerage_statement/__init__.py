"""A channel partner's statement: what was earned with each booking, invoiced, paid, and is due."""
