"""What the documents of flats have in common: whose they are, where to pay, how to deduct TDS."""
