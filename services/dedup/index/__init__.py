"""The in-memory index: a data structure, no database."""
