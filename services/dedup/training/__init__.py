"""Learning the model, offline."""
