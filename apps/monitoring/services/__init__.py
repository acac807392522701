"""Every way that monitoring changes: plans, batches, windows, alerts."""
