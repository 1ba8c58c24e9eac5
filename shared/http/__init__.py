"""The conventions of every route."""
