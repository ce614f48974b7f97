"""What the demo organisation sells and is paid: bookings, demands, payments, ledgers."""
