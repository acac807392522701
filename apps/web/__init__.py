"""What is nobody's room and everybody's: the overview, search, the way around, and an empty home made ready."""
