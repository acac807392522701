"""Experiments, runs and their metrics, through MLflow's own protocol. Knows models and data; judges nothing."""
