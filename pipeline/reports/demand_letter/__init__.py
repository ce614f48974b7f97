"""A demand letter: what falls due with one instalment, to whom, how to pay, how to deduct TDS."""
