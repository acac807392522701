"""Data in the browser."""
