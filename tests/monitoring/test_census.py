"""The waiver on real census rows: a next year in which nothing moves, and older people for another use."""

import io
from datetime import UTC, datetime

import pandas
import pytest

from apps.deployments.services import deploy
from apps.files.services import store
from apps.jobs.running import work_off
from apps.monitoring.models import Alert, Batch, Window
from apps.monitoring.services.batches import receive_batch
from tests.builders.datasets import DATA
from tests.builders.datasets import a_version as a_table
from tests.builders.monitoring import USE, closed
from tests.builders.versions import approved

FOLDER = DATA / "employment_ma"
APART = {"id", "year", "employed", "SEX", "RAC1P"}
SENT = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def census():
    """The tables by year as numbers, and the score of a model trained on three fifths of 2015's working age."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    before, after = (pandas.read_parquet(FOLDER / f"{name}.parquet") for name in ("reference", "analysis"))
    after = after.merge(pandas.read_parquet(FOLDER / "analysis_target.parquet", columns=["id", "employed"]), on="id")
    columns = [name for name in before.columns if name not in ("prediction", "predicted_probability")]
    before, after = (table[columns].apply(pandas.to_numeric, errors="coerce") for table in (before, after))
    inputs = [name for name in columns if name not in APART]
    working = before[before["AGEP"].between(16, 64)]
    learn = working[working["id"] % 5 < 3]
    model = HistGradientBoostingClassifier(max_iter=150, random_state=0)
    model.fit(learn[inputs].to_numpy(float), learn["employed"])
    for table in (before, after):
        table["score"] = model.predict_proba(table[inputs].to_numpy(float))[:, 1]
    held_out = before[before["AGEP"].between(16, 64) & (before["id"] % 5 >= 3)]
    return held_out, after, inputs


def parquet(table):
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()


def sent(petra, model, table, sort):
    source = store(io.BytesIO(parquet(table)))
    batch = receive_batch(actor=petra, model=model, sort=sort, form="parquet", source=source, now=SENT)
    work_off()
    batch = Batch.objects.get(pk=batch.pk)
    assert (batch.accepted, batch.rejected) == (len(table), 0), batch.rejections[:3]


def arrived(petra, rosa, model, table, year, use):
    """A year's rows with their outcomes, and its window closed."""
    start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    rows = table.drop(columns=["employed", "year"])
    rows = rows.assign(time=f"{year}-06-01T00:00:00Z", version="1.1.0", use=use)
    sent(petra, model, rows, "predictions")
    known = pandas.DataFrame({"id": table["id"], "outcome": table["employed"], "time": f"{year}-12-01T00:00:00Z"})
    sent(petra, model, known, "outcomes")
    return closed(rosa, model, start, end, SENT)


def value(window, measure, **about):
    return window.results.get(measure=measure, **about).value


@pytest.fixture
def model(census, policies_in_force, olivia, dmitri, victor, rosa, ruth, petra, now):
    held_out, _, inputs = census
    table = a_table(
        dmitri, now, content=parquet(held_out), filename="held_out.parquet", id_column="id", score="score"
    )
    version = approved(
        olivia,
        dmitri,
        victor,
        rosa,
        ruth,
        now,
        version="1.1.0",
        reference_data=table.reference,
        evaluation_data=table.reference,
        inputs=inputs,
        target="employed",
        protected=["SEX", "RAC1P"],
        positive_label=1,
        favourable_label=1,
    )
    deploy(actor=petra, version=version, environment="production", now=now)
    work_off()
    return version.model


def test_nothing_moves_in_2016_and_people_of_55_to_74_show_in_everything(census, model, petra, rosa):
    _, after, _ = census
    working = after[(after["year"] == 2016) & after["AGEP"].between(16, 64)]
    quiet = arrived(petra, rosa, model, working, 2016, USE)
    assert quiet.predictions == quiet.outcomes == 45_033
    assert value(quiet, "auc") == pytest.approx(0.790, abs=0.002)
    assert value(quiet, "brier") == pytest.approx(0.153, abs=0.001)
    assert value(quiet, "worst_impact_ratio", attribute="RAC1P") == pytest.approx(0.868, abs=0.005)
    assert value(quiet, "psi", attribute="AGEP") < 0.005
    assert value(quiet, "psi", attribute="score") < 0.005
    assert quiet.level == "green" and not Alert.objects.exists()

    older = after[(after["year"] == 2018) & after["AGEP"].between(55, 74)]
    window = arrived(petra, rosa, model, older, 2018, "home equity release")
    assert window.predictions == 18_464 and window.level == "red"
    assert value(window, "psi", attribute="AGEP") > 4
    assert value(window, "psi", attribute="score") == pytest.approx(0.69, abs=0.1)
    assert value(window, "brier") == pytest.approx(0.209, abs=0.001)
    assert value(window, "worst_impact_ratio", attribute="RAC1P") == pytest.approx(0.649, abs=0.005)
    levels = dict(Alert.objects.values_list("indicator", "level"))
    assert levels["Drift"] == levels["Accuracy of probabilities"] == levels["Four-fifths rule"] == "red"
    assert levels["Approved uses"] == levels["Population"] == "red"
    assert "AGEP 55 to 74" in Alert.objects.get(indicator="Population").sentence
    assert Window.objects.count() == 2
