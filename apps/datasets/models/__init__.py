"""The room's tables: datasets, their versions, and what is drawn of them."""

from apps.datasets.models.tables import Dataset, DatasetVersion, Profile

__all__ = ["Dataset", "DatasetVersion", "Profile"]
