"""Data contracts in the Open Data Contract Standard 3: read, judged, compiled to one scan. Knows no database of ours.

`read_contract` turns a text into `Terms` or says line by line why not; `inspect` holds a table against them;
`evolution` says what a table's columns may become from one version to the next.
"""

from apps.datasets.contracts.evolution import Change, Compatibility, changes, forbidden
from apps.datasets.contracts.inspecting import Before, Finding, Report, inspect
from apps.datasets.contracts.reading import read_contract
from apps.datasets.contracts.terms import Check, Field, Kind, Severity, Terms

__all__ = [
    "Before",
    "Change",
    "Check",
    "Compatibility",
    "Field",
    "Finding",
    "Kind",
    "Report",
    "Severity",
    "Terms",
    "changes",
    "forbidden",
    "inspect",
    "read_contract",
]
