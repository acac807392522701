"""What a version's model does on its data: scored once, measured many times, kept as evidence. Decides nothing."""
