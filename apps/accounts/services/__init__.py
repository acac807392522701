"""Every way in which people, their keys and their roles change."""
