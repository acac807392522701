"""Features in the browser."""
