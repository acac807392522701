"""What people type about data."""
