"""What the version's page shows of an evaluation."""

from types import SimpleNamespace

from django.template.loader import render_to_string
from django.test import RequestFactory

from apps.evaluations.showing import attributes


def result(measure, value, group=None, **more):
    said = {"low": None, "high": None, "n": 200, "status": "ok", "series": None, "reason": "", "attribute": "sex"}
    return SimpleNamespace(measure=measure, value=value, group=group, **(said | more))


def test_groups_are_shown_with_their_rates_where_there_is_nothing_to_compare_them_with():
    rates = [result("selection_rate", rate, {"sex": sex}) for sex, rate in (("f", 0.31), ("m", 0.42))]
    refusal = "The reference group 'x' doesn't occur in sex."
    none = result("impact_ratio", None, status="not_available", reason=refusal)
    (shown,) = attributes([*rates, none])
    assert [line["label"] for line in shown["table"]] == ["f", "m"] and not shown["bars"]
    page = render_to_string(
        "evaluations/_fairness.html", {"attributes": [shown], "request": RequestFactory().get("/")}
    )
    assert "There is no impact ratio." in page and "occur in sex" in page and "0.31" in page and "0.42" in page
