"""What released models predict and what comes of it: rows in, windows closed, alerts out."""
