"""Codes, findings and rules in French."""
