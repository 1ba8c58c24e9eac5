"""A CSV of applications: lines, columns, records."""
