"""Transport: the doors through which mail leaves and comes back."""
