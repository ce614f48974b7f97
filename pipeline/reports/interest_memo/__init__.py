"""An interest memo: interest of one booking line by line, with what was billed and paid of it."""
