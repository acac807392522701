"""Features over the API."""
