"""Bins are named with as few digits as keep their edges apart."""

import pytest

from apps.monitoring.showing import readable

CLOSE = ["up to 0.35071", "0.35071 to 0.35074", "above 0.35074"]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["up to 0.350712", "0.350712 to 0.401277"], ["up to 0.351", "0.351 to 0.401"]),
        (CLOSE, CLOSE),
        (["up to 12345.6", "above 23456.7", "missing"], ["up to 12346", "above 23457", "missing"]),
        (["up to 18", "18 to 64", "above 64"], ["up to 18", "18 to 64", "above 64"]),
        (["2016-01", "A12.34567", "missing"], ["2016-01", "A12.34567", "missing"]),
        ([], []),
    ],
)
def test_they_are_shortened_only_where_they_are_spans(names, shown):
    assert readable(names) == shown
