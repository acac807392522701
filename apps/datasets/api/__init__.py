"""What clients send and get of data."""
