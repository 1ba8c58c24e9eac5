"""What a person runs once, without the service."""
