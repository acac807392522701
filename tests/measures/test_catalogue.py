"""The catalogue is complete and its page says what it says."""

import subprocess
import sys
from pathlib import Path

import pytest

from apps.measures import catalogue
from apps.measures.pages import page


def test_the_page_is_written_from_the_catalogue():
    assert Path("docs/measures.md").read_text() == page(), "python -m apps.measures.pages > docs/measures.md"


@pytest.mark.parametrize("definition", catalogue.definitions(), ids=lambda definition: definition.id)
def test_every_definition_says_all_that_a_reader_needs(definition):
    entry = definition.as_dict()
    for name in ("id", "title", "formula", "source", "reading", "unit", "convention", "interval"):
        assert entry[name].strip(), name
    assert entry["version"] >= 1 and entry["tasks"]


def test_measures_are_imported_without_django_and_without_heavy_libraries():
    code = (
        "import sys, apps.measures.measuring, apps.measures.catalogue;"
        "print(sorted({'django', 'pandas', 'scipy', 'sklearn', 'shap', 'duckdb', 'pyarrow'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
