"""Small reports that are lists: receivables, bookings, data quality, the workbook."""
