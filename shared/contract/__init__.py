"""What the services say to each other: facts, events, reference data. It imports ids and the clock only."""
