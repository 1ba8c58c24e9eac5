"""One database, one transaction, the events that leave with it."""
