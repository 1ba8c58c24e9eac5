"""SQL: reads and writes of this service's tables, with the events that leave in the same transaction."""
