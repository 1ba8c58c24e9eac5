"""From the outbox to Kafka, from Kafka to the handlers."""
