"""What leaves intake for the outside: webhooks."""
