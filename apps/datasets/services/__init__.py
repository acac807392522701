"""Every way in which data, and what is said of it, changes."""
