"""The inventory over the API: models, and their versions."""

from apps.inventory.api.models import ModelViewSet
from apps.inventory.api.versions import NewVersionSerializer, PersonField, VersionSerializer, VersionViewSet

__all__ = ["ModelViewSet", "NewVersionSerializer", "PersonField", "VersionSerializer", "VersionViewSet"]
