"""Every way the inventory changes: models in registering.py, their versions in versions.py."""
