"""One file a kind of letter (thirty to come)."""
