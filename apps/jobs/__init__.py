"""Durable background work with progress: who asked for it, who took it, how it ended. Knows no subject."""
