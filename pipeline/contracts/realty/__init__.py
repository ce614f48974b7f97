"""What developers of flats deliver besides: projects, units, plans, rates, buyers and brokers."""
