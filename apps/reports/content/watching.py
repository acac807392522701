"""Where the version runs and what its windows said: the part of a card that comes after approval."""

from typing import Any

from apps.inventory.models import ModelVersion


def monitoring(version: ModelVersion) -> dict[str, Any] | None:
    """None while nothing watches the version."""
    return None
