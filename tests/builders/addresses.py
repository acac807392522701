"""Every address of the product, for tests of what holds at each of them."""

import itertools
import json
import re
from functools import cache

from django.urls import Resolver404, get_resolver, resolve
from drf_spectacular.generators import SchemaGenerator

from tests.builders.world import TABLES, name_in_address, rows_of

REFERENCES = ["MDL-0001", "MDL-0001@1.0.0", "USR-1", "GRT-1", "RST-1", "DS-0001", "EXP-1"]
DEEDS = ["grant", "carry-out", "on", "csv", "approve", "1"]
UUID = "00000000-0000-0000-0000-000000000000"


@cache
def schema():
    """The OpenAPI schema as a client gets it."""
    made = SchemaGenerator().get_schema(request=None, public=True)
    return json.loads(json.dumps(made, default=str))


def operations(*methods):
    """(path, method, what the schema says) for every operation of the API."""
    for path, said in schema()["paths"].items():
        for method in methods or ("get", "post", "put", "patch", "delete"):
            if method in said:
                yield path, method, said[method]


def collection_of(path):
    return path.removeprefix("/api/v1/").partition("/{")[0].rstrip("/")


def filled(path):
    """The path with the last row of its collection in its place; None where the collection has no table of rows."""
    collection = collection_of(path)
    if collection not in TABLES:
        return None
    row = rows_of(collection).last()
    assert row is not None, f"the world has no {collection}"
    return re.sub(r"\{number\}", "1", re.sub(r"\{(reference|model|id)\}", name_in_address(row), path))


@cache
def every_address():
    """One address for every route of the product, pages and API, whether or not what it names exists."""
    resolver = get_resolver()
    resolver._populate()
    found = set()
    for _, ways in resolver.reverse_dict.lists():
        for possibilities, *_ in ways:
            for template, names in possibilities:
                found |= set(itertools.islice(_addresses(template, names), 1))
    return sorted(found)


def _addresses(template, names):
    for values in itertools.product(*(_values(name) for name in names)):
        address = "/" + template % dict(zip(names, values, strict=True))
        try:
            resolve(address)
        except Resolver404:
            continue
        yield address


def _values(name):
    if name in ("reference", "model"):
        return REFERENCES
    return ["1", UUID, *DEEDS, *REFERENCES]
