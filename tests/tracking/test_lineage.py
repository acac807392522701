"""From a source's column through features, a training set and a run into a model."""

import pytest

from apps.core.lineage import Node, graph, impact
from apps.tracking.models import DataInput
from tests.builders import features
from tests.builders.inventory import a_model, a_scored_version
from tests.builders.registry import a_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(dmitri, rosa, olivia, now):
    """accounts -> FV-0001@1 -> a training set -> a run -> a draft that reads utilisation."""
    view = features.in_force(dmitri, rosa, now)
    training = features.built(dmitri, now, view).version
    run = a_run(dmitri, now)
    DataInput.objects.create(run=run, place=1, name="loans", digest="abc", version=training, known_by="digest")
    version = a_scored_version(dmitri, a_model(olivia, now), now, training_run=run.reference)
    accounts = view.view.source.versions.get()
    return {"accounts": accounts, "view": view, "training": training, "run": run, "version": version}


def surely(row, column, user):
    walked = graph(Node(row.kind, row.reference), user, directions=["forward"])
    return {hit.node.reference: (set(hit.columns), hit.certain) for hit in impact(walked, [column])}


def test_a_column_is_followed_through_the_features_that_name_it(story, dmitri):
    touched = surely(story["accounts"], "credit_limit", dmitri)
    assert touched[story["view"].reference] == ({"utilisation"}, True)
    assert touched[story["training"].reference] == ({"utilisation"}, True)
    assert touched[story["run"].reference] == (set(), False)  # a run does not say which columns it read


def test_without_its_keys_or_times_a_view_gives_nothing(story, dmitri):
    for column in ("customer_id", "loaded_at"):
        assert surely(story["accounts"], column, dmitri)[story["view"].reference] == (
            {"balance", "utilisation", "sex"},
            True,
        )


def test_a_version_is_led_back_to_the_data_its_run_read(story, dmitri):
    walked = graph(Node("modelversion", story["version"].reference), dmitri, directions=["back"])
    assert {story[name].reference for name in ("accounts", "view", "training", "run")} <= {
        node.reference for node in walked.nodes
    }
    assert walked.hidden == 0


def test_a_run_by_the_name_another_system_has_for_it_is_no_link(dmitri, olivia, now):
    version = a_scored_version(dmitri, a_model(olivia, now), now, training_run="airflow 2026-11-24")
    walked = graph(Node("modelversion", version.reference), dmitri, directions=["back"])
    assert not [node for node in walked.nodes if node.kind == "run"] and walked.hidden == 0
