"""Every way this room changes: one file a subject."""
