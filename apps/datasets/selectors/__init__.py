"""Reads of data that need thought."""
