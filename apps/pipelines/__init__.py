"""The way from data to a candidate: steps that run, are told of while they run, and never release anything."""
