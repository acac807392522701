"""The room's tables: feature views and their versions, and what is made of them."""

from apps.features.models.online import FeatureStatistics, Materialisation, OnlineValue
from apps.features.models.training import TrainingRecord, TrainingSet, TrainingSetUse
from apps.features.models.views import Feature, FeatureView, FeatureViewVersion

__all__ = [
    "Feature",
    "FeatureStatistics",
    "FeatureView",
    "FeatureViewVersion",
    "Materialisation",
    "OnlineValue",
    "TrainingRecord",
    "TrainingSet",
    "TrainingSetUse",
]
