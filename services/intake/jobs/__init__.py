"""Background work of a worker, led by one instance."""
