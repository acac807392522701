"""Which dataset version a client means by the data that it logs."""

import re

from apps.accounts.models import User
from apps.datasets.models import DatasetVersion
from apps.tracking.facts import Data

VERSION_TAG = "quaestor.dataset_version"
REFERENCE = re.compile(r"\bDS-[0-9]+(?:@|%40)[0-9]+\b")
HEXADECIMAL = re.compile(r"[0-9a-f]{32,64}")


def version_meant(user: User, data: Data) -> tuple[DatasetVersion | None, str]:
    """The version, and how it is known: by "tag", by "source", which names it, or by "digest", which is its table's.

    MLflow's own digest is of another kind and 8 characters long; a client may give ours, or its first 32 to 36, since
    MLflow takes no more. What `user` may not know of is not found.
    """
    rows = DatasetVersion.objects.visible_to(user)
    for text, known_by in ((data.tags.get(VERSION_TAG, ""), "tag"), (data.source, "source")):
        if named := REFERENCE.search(text):
            found = rows.filter(reference=named[0].replace("%40", "@")).first()
            if found is not None:
                return found, known_by
    if HEXADECIMAL.fullmatch(data.digest):
        found = rows.filter(digest__startswith=data.digest).order_by("-pk").first()
        return found, "digest" if found else ""
    return None, ""
