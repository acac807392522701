"""The table of states that people read is the one that the product runs on."""

import re

from django.conf import settings

from apps.inventory.models import ModelVersion

ROW = re.compile(r"^\| (\w+) \| (\w+) \| `([\w.]+)` \|", re.M)


def test_the_page_names_every_arrow_and_no_other():
    text = (settings.ROOT / "docs" / "rooms" / "dossiers.md").read_text()
    assert set(ROW.findall(text)) == {(start, end, step.event.verb) for start, end, step in ModelVersion.arrows()}
