"""Risk acceptances, policy exceptions, waivers: approved, expiring, revocable. Knows subjects by reference only."""
