"""Versioned, governed rules and what they decide, as pure functions. Knows no model, dataset or result table."""
