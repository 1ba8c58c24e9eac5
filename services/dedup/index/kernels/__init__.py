"""Compiled code of the index."""
