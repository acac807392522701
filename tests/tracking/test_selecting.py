"""Choosing a run by a criterion that is kept, and making it a candidate."""

import pytest

from apps.audit.models import Entry
from apps.core.errors import BadInput, RuleViolated
from apps.tracking.facts import Batch, Point
from apps.tracking.models import Considered, Selection
from apps.tracking.services.experiments import put_aside as put_experiment_aside
from apps.tracking.services.logbooks import log
from apps.tracking.services.promoting import promote
from apps.tracking.services.runs import put_aside
from apps.tracking.services.selecting import select_run
from tests.builders.inventory import a_model
from tests.builders.tracking import a_run, a_search, an_experiment

CRITERION = {
    "objective": "auc",
    "direction": "highest",
    "constraints": "metrics.ratio >= 0.8 AND metrics.inputs <= 50",
}


@pytest.fixture
def search(dmitri, now):
    return a_search(dmitri, now)


@pytest.fixture
def selection(search, dmitri, now):
    return select_run(actor=dmitri, experiment=search[0], now=now, reason="The use needs fairness", **CRITERION)


@pytest.mark.both
def test_the_best_that_passes_the_constraints_is_chosen(search, selection):
    _, runs = search
    assert selection.run == runs[3] and selection.value == pytest.approx(0.76)
    assert (selection.considered, selection.eligible) == (6, 4)
    assert selection.margin == pytest.approx(0.02)


def test_all_that_were_looked_at_are_kept_with_their_digests(search, selection):
    kept = Considered.objects.filter(selection=selection).select_related("run")
    assert {one.run.name: one.rank for one in kept} == {
        "run-3": 1,
        "run-2": 2,
        "run-1": 3,
        "run-0": 4,
        "run-4": None,
        "run-5": None,
    }
    assert all(one.digest == one.run.digest != "" for one in kept)
    body = Entry.objects.get(verb="tracking.run_selected").payload.body
    assert selection.digest in body and "The use needs fairness" in body


def test_the_lowest_may_be_best(search, dmitri, now):
    experiment, runs = search
    chosen = select_run(actor=dmitri, experiment=experiment, objective="auc", direction="lowest", now=now)
    assert chosen.run == runs[0] and chosen.eligible == 6


def test_what_can_t_be_compared_is_not_chosen(search, dmitri, now):
    experiment, runs = search
    a_run(dmitri, experiment, now, "nan", metrics={"auc": float("nan")})
    a_run(dmitri, experiment, now, "running", metrics={"auc": 0.99}, ended=False)
    put_aside(actor=dmitri, reference=runs[5].reference, now=now)
    chosen = select_run(actor=dmitri, experiment=experiment, objective="auc", direction="highest", now=now)
    assert chosen.run == runs[4] and (chosen.considered, chosen.eligible) == (6, 5)


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"constraints": "metrics.ratio >="}, "constraints", "found the end"),
        ({"constraints": "metrics.ratio > 1"}, "constraints", "0 of 6"),
        ({"objective": "gini"}, "objective", "None of the 6"),
    ],
)
def test_a_criterion_that_chooses_nobody_is_refused(search, dmitri, now, said, field, words):
    with pytest.raises(BadInput) as refused:
        select_run(actor=dmitri, experiment=search[0], now=now, **{**CRITERION, **said})
    assert words in refused.value.errors[field][0] and not Selection.objects.exists()


def test_without_a_finished_run_there_is_none_to_choose(dmitri, now):
    with pytest.raises(RuleViolated, match="No run"):
        select_run(actor=dmitri, experiment=an_experiment(dmitri, now), now=now, **CRITERION)


def test_the_chosen_run_can_t_be_put_aside_nor_its_experiment(search, selection, dmitri, now):
    experiment, runs = search
    with pytest.raises(RuleViolated, match=selection.reference):
        put_aside(actor=dmitri, reference=runs[3].reference, now=now)
    with pytest.raises(RuleViolated, match=selection.reference):
        put_experiment_aside(actor=dmitri, experiment=experiment, now=now)
    assert put_aside(actor=dmitri, reference=runs[0].reference, now=now).put_aside_at


class TestPromoting:
    @pytest.fixture
    def model(self, policies_in_force, olivia, now):
        return a_model(olivia, now)

    def test_makes_a_draft_that_is_documented_by_the_run(self, selection, model, dmitri, now):
        selection, version = promote(actor=dmitri, selection=selection, model=model, now=now)
        assert version.status == "draft" and selection.version_reference == version.reference
        assert version.metadata["training_run"] == selection.run.reference
        assert version.metadata["parameters"] == {"depth": "4", "booster": "dart" if 3 % 2 == 0 else "gbtree"}
        assert version.metadata["training_metrics"]["auc"] == pytest.approx(0.76)

    def test_happens_once(self, selection, model, dmitri, now):
        selection, _ = promote(actor=dmitri, selection=selection, model=model, now=now)
        with pytest.raises(RuleViolated, match="promoted before"):
            promote(actor=dmitri, selection=selection, model=model, now=now)
        assert model.versions.count() == 1

    def test_is_refused_where_the_run_changed_since_it_was_chosen(self, selection, model, dmitri, now):
        late = Batch([Point("auc", 0.99, 1, 99)])
        log(actor=dmitri, reference=selection.run.reference, batch=late, now=now)
        with pytest.raises(RuleViolated, match="Choose again"):
            promote(actor=dmitri, selection=selection, model=model, now=now)
        assert not model.versions.exists()
