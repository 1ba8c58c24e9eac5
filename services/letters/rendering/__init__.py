"""From a frozen letter to a PDF."""
