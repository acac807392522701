"""Contracts as text: a document written out again, as people and other tools read it."""

import json
from collections.abc import Mapping
from typing import Any

import yaml


def as_yaml(document: Mapping[str, Any]) -> str:
    """A document as YAML in its own order, without aliases, so that it can be read here again."""
    # by way of JSON: what stands twice in memory would become an alias
    plain = json.loads(json.dumps(document))
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=110)
