"""Reads of features that need thought."""
