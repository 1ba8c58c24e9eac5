"""Checks of our own that no ready-made linter makes."""
