"""The container deployment really run, as an operator would: ``make compose-test``. Needs docker and docker-compose
only."""
