"""Reads that need thought: one file a subject."""
