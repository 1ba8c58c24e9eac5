"""From dated acts to every clock of a case."""
