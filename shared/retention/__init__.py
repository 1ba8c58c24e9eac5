"""How long each service keeps what: one table for all five, dated, set by the controller."""
