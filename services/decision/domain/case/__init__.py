"""The case: one application on its way to a decision, and after it."""
