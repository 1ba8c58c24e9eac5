"""Commands of reporting, from the command line."""
