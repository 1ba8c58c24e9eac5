"""Commands of letters, from the command line."""
