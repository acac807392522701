"""The API as whoever runs a model calls it."""

import io
from datetime import timedelta

import pytest

from apps.jobs.running import work_off
from apps.monitoring.models import Alert, Batch
from tests.builders.monitoring import closed, outcomes, people, predictions, send

PARQUET = "application/vnd.apache.parquet"


def as_parquet(rows):
    import pyarrow as pa
    import pyarrow.parquet as pq

    flat = [{**{k: v for k, v in row.items() if k != "features"}, **row.get("features", {})} for row in rows]
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(flat), buffer)
    return buffer.getvalue()


@pytest.fixture
def rows(month):
    return predictions(people(300, seed=21), month[0] + timedelta(days=1))


@pytest.fixture
def as_petra(petra, version, client):
    client.force_login(petra)
    return client


@pytest.fixture
def alerts(petra, rosa, model, month, now):
    old = people(300, seed=22, ages=(55, 74))
    send(petra, model, predictions(old, month[0] + timedelta(days=1), use="home equity release"), now)
    closed(rosa, model, *month, now)
    return {alert.indicator: alert for alert in Alert.objects.all()}


def post(client, url, body, content_type="application/json", **headers):
    return client.post(url, body, content_type=content_type, **headers)


class TestPredictions:
    url = "/api/v1/models/MDL-0001/predictions/"

    def test_as_json_are_accepted_and_their_batch_says_what_was_taken(self, as_petra, rows):
        answer = post(as_petra, self.url, [*rows[:3], {**rows[3], "score": 7}])
        assert answer.status_code == 202
        batch = answer.json()["batch"]
        assert answer["Location"] == f"/api/v1/batches/{batch}/"
        assert as_petra.get(answer["Location"]).json()["state"] == "queued"
        work_off()
        said = as_petra.get(answer["Location"]).json()
        assert (said["state"], said["accepted"], said["rejected_count"]) == ("done", 3, 1)
        assert said["rejected"] == [{"row": 3, "reason": "score: 7.0 is no probability: those lie from 0 to 1."}]

    def test_as_a_parquet_body_are_the_same_rows(self, as_petra, rows):
        post(as_petra, self.url, rows)
        answer = post(as_petra, self.url, as_parquet(rows), PARQUET)
        assert answer.status_code == 202
        work_off()
        said = as_petra.get(answer["Location"]).json()
        assert (said["accepted"], said["ignored"], said["rejected"]) == (0, 300, [])

    def test_as_a_parquet_file_in_a_form(self, as_petra, rows):
        file = io.BytesIO(as_parquet(rows))
        file.name = "rows.parquet"
        answer = as_petra.post(self.url, {"file": file})
        assert answer.status_code == 202
        work_off()
        assert as_petra.get(answer["Location"]).json()["accepted"] == 300

    @pytest.mark.parametrize(
        ("body", "kind", "sentence"),
        [
            ("[]", "application/json", "There are no rows in it."),
            ('{"id": 1}', "application/json", "Send a list of rows"),
            (b"PK-not-parquet", PARQUET, "file: This is not a Parquet file."),
            (b"", PARQUET, "Send a list of rows"),
        ],
    )
    def test_what_can_t_be_read_is_refused_at_the_door(self, as_petra, body, kind, sentence):
        answer = post(as_petra, self.url, body, kind)
        assert answer.status_code == 422 and answer.json()["detail"].startswith(sentence)
        assert not Batch.objects.exists()

    def test_a_parquet_file_without_a_needed_column_is_refused(self, as_petra, rows):
        import pyarrow as pa
        import pyarrow.parquet as pq

        buffer = io.BytesIO()
        pq.write_table(pa.table({"id": ["a"], "time": ["2026-01-01"]}), buffer)
        answer = post(as_petra, self.url, buffer.getvalue(), PARQUET)
        assert answer.status_code == 422
        said = answer.json()["errors"]["file"]
        assert said == ["There is no column “version”.", "There is no column “score”."]

    def test_nan_is_no_json(self, as_petra):
        answer = post(as_petra, self.url, '[{"id": "a", "score": NaN}]')
        assert answer.status_code == 400

    def test_nan_in_parquet_is_no_score_and_a_missing_feature(self, as_petra, rows):
        rows[0]["score"] = float("nan")
        rows[1]["features"] = {"age": float("nan")}
        answer = post(as_petra, self.url, as_parquet(rows), PARQUET)
        work_off()
        said = as_petra.get(answer["Location"]).json()
        assert said["rejected"] == [{"row": 0, "reason": "score: it has to be a number."}]
        assert said["accepted"] == 299

    def test_one_key_is_one_batch(self, as_petra, rows):
        first = post(as_petra, self.url, rows, headers={"Idempotency-Key": "k"})
        again = post(as_petra, self.url, rows, headers={"Idempotency-Key": "k"})
        assert first.json() == again.json() and Batch.objects.count() == 1

    def test_need_a_right_and_a_model_in_sight(self, version, victor, oscar, client, rows):
        client.force_login(victor)
        assert post(client, self.url, rows).status_code == 403
        client.force_login(oscar)
        assert post(client, self.url, rows).status_code == 404


def test_a_window_is_closed_and_read_with_its_figures(as_petra, rows, month, petra, model, now):
    send(petra, model, rows, now)
    send(petra, model, outcomes(people(300, seed=21), now - timedelta(hours=1)), now, "outcomes")
    span = {"start": month[0].isoformat(), "end": month[1].isoformat()}
    answer = post(as_petra, "/api/v1/models/MDL-0001/monitoring/windows/", span)
    assert answer.status_code == 202 and answer["Location"].startswith("/api/v1/jobs/")
    work_off()
    assert as_petra.get(answer["Location"]).json()["result"]["window"] == "WIN-0001"
    said = as_petra.get("/api/v1/models/MDL-0001/monitoring/").json()
    assert said["plan"]["version"] == "MDL-0001@1.0.0"
    assert [window["reference"] for window in said["windows"]] == ["WIN-0001"]
    assert {"auc", "brier", "psi", "impact_ratio"} <= {result["measure"] for result in said["results"]}
    few = as_petra.get("/api/v1/models/MDL-0001/monitoring/?measure=auc").json()["results"]
    assert [result["measure"] for result in few] == ["auc"]


def test_a_span_that_is_none_is_refused(as_petra):
    url = "/api/v1/models/MDL-0001/monitoring/windows/"
    assert "end" in post(as_petra, url, {"start": "2026-01-01T00:00:00Z"}).json()["errors"]
    answer = post(as_petra, url, {"start": "2026-02-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"})
    assert answer.status_code == 422 and answer.json()["errors"]["end"] == ["A window ends after it starts."]


class TestAlerts:
    def test_are_listed_by_model_level_and_state(self, alerts, rosa, client):
        client.force_login(rosa)
        found = client.get("/api/v1/alerts/?model=MDL-0001&level=red&status=open").json()["results"]
        assert "Approved uses" in {row["indicator"] for row in found}
        assert client.get("/api/v1/alerts/?model=MDL-0002").json()["results"] == []

    def test_are_acknowledged_once(self, alerts, rosa, client):
        client.force_login(rosa)
        url = f"/api/v1/alerts/{alerts['Drift'].reference}/acknowledgement/"
        answer = post(client, url, {"note": "Looking at it"})
        assert (answer.status_code, answer.json()["status"]) == (201, "acknowledged")
        assert post(client, url, {"note": "Again"}).status_code == 409

    def test_lead_to_a_finding_with_what_was_seen(self, alerts, rosa, client):
        from apps.findings.models import Finding

        client.force_login(rosa)
        alert = alerts["Approved uses"]
        answer = post(client, f"/api/v1/alerts/{alert.reference}/finding/", {"note": "Ask the caller"})
        finding = Finding.objects.get()
        assert (answer.status_code, answer.json()["finding"]) == (201, finding.reference)
        assert (finding.severity, finding.origin) == ("high", "monitoring")
        assert finding.subject_reference == "MDL-0001@1.0.0" and "home equity release" in finding.title
        assert post(client, f"/api/v1/alerts/{alert.reference}/finding/", {}).status_code == 409

    def test_are_not_closed_by_who_owns_the_model(self, alerts, olivia, now):
        from apps.core.errors import RuleViolated
        from apps.monitoring.services.alerts import close_alert
        from tests.conftest import also

        with pytest.raises(RuleViolated, match="own or develop"):
            close_alert(actor=also(olivia, "validator"), alert=alerts["Drift"], note="Nothing", now=now)

    def test_lead_to_one_finding_even_if_two_ask_at_once(self, alerts, rosa, now):
        from apps.core.errors import Conflict
        from apps.findings.models import Finding
        from apps.monitoring.services.alerts import open_alert_finding

        as_both_read_it = alerts["Drift"]
        open_alert_finding(actor=rosa, alert=as_both_read_it, now=now)
        with pytest.raises(Conflict, match="opened from"):
            open_alert_finding(actor=rosa, alert=as_both_read_it, now=now)
        assert Finding.objects.count() == 1

    def test_lead_to_a_revalidation(self, alerts, rosa, client):
        client.force_login(rosa)
        answer = post(client, f"/api/v1/alerts/{alerts['Drift'].reference}/revalidation/", {"note": "Ages moved"})
        assert answer.status_code == 201 and answer.json()["validation"].startswith("VAL-")

    def test_are_closed_with_a_reason(self, alerts, rosa, olivia, client):
        url = f"/api/v1/alerts/{alerts['Drift'].reference}/closure/"
        client.force_login(olivia)
        assert post(client, url, {"note": "Nothing"}).status_code == 403
        client.force_login(rosa)
        assert post(client, url, {"note": ""}).status_code == 422
        assert post(client, url, {"note": "The caller was stopped."}).json()["status"] == "closed"

    def test_of_another_unit_do_not_exist(self, alerts, oscar, client):
        client.force_login(oscar)
        assert client.get(f"/api/v1/alerts/{alerts['Drift'].reference}/").status_code == 404
        assert client.get("/api/v1/models/MDL-0001/monitoring/").status_code == 404
        assert client.get(f"/api/v1/batches/{Batch.objects.first().pk}/").status_code == 404
