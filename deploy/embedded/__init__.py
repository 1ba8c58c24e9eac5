"""A real PostgreSQL and a real Kafka in a folder, for a machine that has neither a server nor containers."""
