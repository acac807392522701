"""Every way in which features, and what is made of them, change."""
