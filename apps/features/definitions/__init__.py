"""The pure part: what a feature view says, read from text with errors that point at lines. Knows no Django."""

from apps.features.definitions.reading import read_view
from apps.features.definitions.shapes import FeatureDefinition, ViewDefinition
from apps.features.definitions.spans import Span, span

__all__ = ["FeatureDefinition", "Span", "ViewDefinition", "read_view", "span"]
