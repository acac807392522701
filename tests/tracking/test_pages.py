"""The pages of experiments, runs, comparisons and choices."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.tracking.models import ChosenColumns, Selection
from apps.tracking.services.experiments import create_experiment
from apps.tracking.services.selecting import select_run
from tests.builders.inventory import a_model
from tests.builders.tracking import a_run, a_search


@pytest.fixture
def search(dmitri, now):
    return a_search(dmitri, now)


@pytest.fixture
def page_of(client, dmitri):
    """page_of(address) -> what dmitri reads there."""
    client.force_login(dmitri)

    def read(address, status=200, **data):
        answer = client.get(address, data)
        assert answer.status_code == status
        return answer.content.decode()

    return read


def test_experiments_are_listed_and_searched(page_of, search, dmitri, now):
    create_experiment(actor=dmitri, name="Churn", now=now)
    assert "Default risk" in page_of("/experiments/") and "Churn" in page_of("/experiments/")
    assert "Default risk" not in page_of("/experiments/", search="chu")


def test_an_experiment_shows_its_runs_with_what_most_of_them_logged(page_of, search):
    experiment, _ = search
    shown = page_of(experiment.get_absolute_url())
    assert all(f"run-{number}" in shown for number in range(6))
    assert ">auc<" in shown and ">depth<" in shown and "Parallel coordinates" in shown


def test_runs_are_filtered_and_sorted_in_mlflow_s_words(page_of, search):
    experiment, _ = search
    asked = {"filter": "metrics.auc > 0.75", "order": "metrics.auc ASC"}
    shown = page_of(experiment.get_absolute_url(), **asked)
    assert "run-2" not in shown and shown.index(">run-3<") < shown.index(">run-5<")


def test_a_filter_that_can_t_be_read_says_why_and_shows_all(page_of, search):
    experiment, _ = search
    shown = page_of(experiment.get_absolute_url(), filter="metrics.auc >")
    assert "expected a number" in shown and "run-0" in shown


def test_columns_are_chosen_and_remembered_for_oneself(page_of, client, search, olivia):
    experiment, _ = search
    address = f"{experiment.get_absolute_url()}columns/"
    assert "metrics.loss" in page_of(address)
    client.post(address, {"columns": ["metrics.loss"]})
    shown = page_of(experiment.get_absolute_url())
    assert ">loss<" in shown and ">depth<" not in shown
    client.force_login(olivia)
    assert ">depth<" in client.get(experiment.get_absolute_url()).content.decode()
    assert ChosenColumns.objects.count() == 1


def test_a_run_shows_what_it_logged_and_its_curves(page_of, search):
    _, runs = search
    shown = page_of(runs[0].get_absolute_url())
    assert "0.7" in shown and "booster" in shown and runs[0].digest in shown and "c-line" in shown


def test_runs_are_compared_side_by_side(page_of, search):
    experiment, runs = search
    address = f"{experiment.get_absolute_url()}compare/?run={runs[0].reference}&run={runs[1].reference}"
    shown = page_of(address)
    assert "Differs" in shown and shown.count("gbtree") == 1
    assert "Tick two runs" in page_of(f"{experiment.get_absolute_url()}compare/?run={runs[0].reference}")


def test_a_run_is_chosen_and_made_a_candidate(policies_in_force, page_of, client, search, olivia, now):
    experiment, _ = search
    model = a_model(olivia, now)
    said = {
        "objective": "auc",
        "direction": "highest",
        "constraints": "metrics.ratio >= 0.8",
        "reason": "Fair enough",
    }
    answer = client.post(f"{experiment.get_absolute_url()}select/", said)
    selection = Selection.objects.get()
    assert answer.url == selection.get_absolute_url() and "run-4" in page_of(answer.url)
    promoted = {"model": model.reference, "revision": selection.revision}
    answer = client.post(f"{selection.get_absolute_url()}promote/", promoted)
    assert answer.url == model.versions.get().get_absolute_url()


def test_a_refused_criterion_keeps_what_was_typed(client, dmitri, search):
    client.force_login(dmitri)
    said = {"objective": "auc", "direction": "highest", "constraints": "metrics.ratio >> 1", "reason": "x"}
    answer = client.post(f"{search[0].get_absolute_url()}select/", said)
    assert answer.status_code == 422 and "metrics.ratio &gt;&gt; 1" in answer.content.decode()


def test_another_unit_sees_nothing(client, search, dmitri, oscar, now):
    experiment, runs = search
    selection = select_run(actor=dmitri, experiment=experiment, objective="auc", direction="highest", now=now)
    client.force_login(oscar)
    for row in (experiment, runs[0], selection):
        assert client.get(row.get_absolute_url()).status_code == 404
    assert "Default risk" not in client.get("/experiments/").content.decode()


def test_the_page_asks_as_often_for_fifty_runs_as_for_six(client, dmitri, search, now):
    experiment, _ = search
    client.force_login(dmitri)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            client.get(experiment.get_absolute_url(), {"order": "metrics.auc DESC", "filter": "metrics.auc > 0"})
        return len(queries)

    asked()
    few = asked()
    for number in range(44):
        a_run(dmitri, experiment, now, f"more-{number}", metrics={"auc": 0.5})
    assert asked() == few < 30
