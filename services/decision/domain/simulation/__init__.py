"""The law asked without a case."""
