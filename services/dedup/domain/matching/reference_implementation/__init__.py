"""The same in plain Python: an executable specification, for tests and benches."""
