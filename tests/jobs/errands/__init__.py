"""Kinds of work for the tests, as a room that a worker process can be started with."""
