"""The page on the API and the schema that the product serves say the same."""

import re
import warnings

import pytest
from drf_spectacular.generators import SchemaGenerator

from tests.architecture.test_house import ROOT

PAGE = ROOT / "docs" / "api.md"
CALL = re.compile(r"`(GET|POST|PATCH|DELETE) ([a-z{][^` ]*)`")  # the one for OpenLineage has no last slash
ROOT_PATH = "/api/v1/"


@pytest.fixture(scope="module")
def calls():
    """(method, path) of every operation of the schema, the names of parameters left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return {
        (method.upper(), nameless(path.removeprefix(ROOT_PATH)))
        for path, operations in paths.items()
        for method in operations
    }


def nameless(path: str) -> str:
    return re.sub(r"{\w+}", "{}", path)


def told() -> list[tuple[str, str]]:
    return CALL.findall(PAGE.read_text())


def test_every_call_on_the_page_is_in_the_schema(calls):
    assert len(told()) > 50
    assert not [f"{method} {path}" for method, path in told() if (method, nameless(path)) not in calls]


def test_the_page_leaves_no_call_out(calls):
    said = {(method, nameless(path)) for method, path in told()}
    assert not sorted(f"{method} {path}" for method, path in calls - said)
