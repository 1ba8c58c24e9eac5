"""What operators fear, done on purpose to real parts: ``make drills``."""
