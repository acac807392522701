"""A model's file, looked through before anything loads it: what it is by its bytes, and whether we take it.

`scan_apart` is the one to call from services and tasks; `scan` is the pure function it runs in the sandbox.
"""

from apps.inventory.artifacts.apart import scan_apart
from apps.inventory.artifacts.findings import Finding, Scan
from apps.inventory.artifacts.scan import scan
from apps.inventory.artifacts.trusted import TRUSTED_TYPES

__all__ = ["TRUSTED_TYPES", "Finding", "Scan", "scan", "scan_apart"]
