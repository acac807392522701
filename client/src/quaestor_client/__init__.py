"""Quaestor from outside: the command line for people and CI, and a test kit for data and models."""

__version__ = "0.1.0"
