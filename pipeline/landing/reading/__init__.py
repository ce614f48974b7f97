"""Reading: arrivals from sources, judged piece by piece, each file at its turn."""
