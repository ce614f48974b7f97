"""Tables of PostgreSQL and MySQL or MariaDB, read in pieces that outlive a kill."""
