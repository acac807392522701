"""The room's tables: pipelines and their versions, runs and what they did."""
