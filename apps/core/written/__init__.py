"""What people write as YAML, read so that every complaint points at a line, and shown with its lines.

Pure: it knows no Django. Policies, feature views and pipelines are written so.
"""

from apps.core.written.listing import Compared, Line, compared, numbered
from apps.core.written.reading import MAX_BYTES, Problem, Text, Unreadable, named, read_text
from apps.core.written.typed import mistakes, typed

__all__ = [
    "MAX_BYTES",
    "Compared",
    "Line",
    "Problem",
    "Text",
    "Unreadable",
    "compared",
    "mistakes",
    "named",
    "numbered",
    "read_text",
    "typed",
]
