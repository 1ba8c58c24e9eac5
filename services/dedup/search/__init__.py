"""The common base live in this process: follow the table, search a batch, answer a query by example."""
