"""What people type about features."""
