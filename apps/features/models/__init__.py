"""The room's tables: feature views and their versions, and what is made of them."""

from apps.features.models.training import TrainingRecord, TrainingSet, TrainingSetUse
from apps.features.models.views import Feature, FeatureView, FeatureViewVersion

__all__ = ["Feature", "FeatureView", "FeatureViewVersion", "TrainingRecord", "TrainingSet", "TrainingSetUse"]
