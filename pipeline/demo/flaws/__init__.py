"""What is wrong with the demo organisation's data: rows nobody can load, and warts that stay."""
