"""A version's way: submission, the frozen dossier, what its approval is worth now, and where it stands."""
