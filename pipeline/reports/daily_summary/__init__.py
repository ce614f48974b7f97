"""The daily summary: what a sales manager reads each morning."""
