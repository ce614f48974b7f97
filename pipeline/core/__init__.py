"""What every stage uses: dates, errors, locks, and files that are written whole or not at all."""
