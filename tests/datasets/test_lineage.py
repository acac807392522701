"""What came of what: told by other systems, known from our own rooms, walked, drawn, and asked for what breaks."""

import gzip
import json
import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from django.test import Client
from django.utils import timezone

from apps.accounts.services.tokens import issue_token
from apps.audit.models import Entry
from apps.core.lineage import Graph, Link, Node, graph, impact
from apps.datasets.lineage.openlineage import links_of, read_event
from apps.datasets.lineage.sending import send_new
from apps.datasets.models import LineageEvent, LineageLink, LineageRun
from apps.datasets.services.lineage import take_in_event
from apps.jobs.models import Job
from apps.jobs.running import work_off
from tests import peers
from tests.builders.datasets import a_dataset, a_version
from tests.builders.inventory import a_model, a_scored_version
from tests.builders.lineage import RUN, Receiver, an_event, columns, table
from tests.conftest import person

LINEAGE = "/api/v1/lineage"


@pytest.fixture
def client(client, dmitri):
    client.force_login(dmitri)
    return client


def tell(client, body, **headers):
    return client.post(LINEAGE, body, content_type="application/json", headers=headers)


def asked(client, what, of, **query):
    return client.get(f"{LINEAGE}/{what}/", {"of": of, **query})


def test_an_event_is_taken_in_under_the_clients_own_address_and_shown_in_the_ledger(client):
    answer = tell(client, an_event("START"))
    assert (answer.status_code, answer.json()["reference"], answer.json()["state"]) == (201, "LIN-0001", "START")
    assert Entry.objects.filter(verb="datasets.lineage_told", subject_reference="LIN-0001").count() == 1
    assert LineageEvent.objects.get().body["job"] == {"namespace": "airflow", "name": "nightly"}


def test_the_same_event_again_is_the_same_event(client):
    event = an_event("START")
    assert [tell(client, event).status_code for _ in range(2)] == [201, 200]
    assert LineageEvent.objects.count() == 1


def test_a_gzipped_event_is_unpacked(client):
    packed = gzip.compress(json.dumps(an_event("COMPLETE")).encode())
    assert tell(client, packed, content_encoding="gzip").json()["state"] == "COMPLETE"


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (b"not gzip", 400, "announced as gzip"),
        (gzip.compress(b"{}", mtime=0)[:-9], 400, "announced as gzip"),
        (gzip.compress(b" " * 11_000_000, mtime=0), 413, "10 MB at most"),
    ],
)
def test_a_body_that_is_no_gzip_or_a_bomb_is_refused(client, body, status, sentence):
    answer = tell(client, body, content_encoding="gzip")
    assert answer.status_code == status and sentence in answer.json()["detail"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"eventTime": "yesterday"}, "eventTime"),
        ({"eventTime": "2026-11-24T10:00:00"}, "eventTime"),
        ({"run": {"runId": "7"}}, "run.runId"),
        ({"eventType": "DONE"}, "eventType"),
        ({"job": {"namespace": "airflow"}}, "job.name"),
        ({"inputs": [{"namespace": "", "name": "x"}]}, "inputs[0].namespace"),
        ({"inputs": [{"namespace": "n", "name": "x" * 301}]}, "inputs[0].name"),
        ({"job": None, "run": None}, "job"),
        ({"job": None}, "job"),
    ],
)
def test_an_event_that_is_none_is_refused_by_field(client, changed, field):
    answer = tell(client, {**an_event("START"), **changed})
    assert answer.status_code == 422 and field in answer.json()["errors"] and not LineageRun.objects.exists()


def test_a_list_is_no_event(client):
    assert tell(client, [an_event("START")]).status_code == 422


def test_events_in_any_order_leave_the_newest_state(client):
    tell(client, an_event("COMPLETE", at="2026-11-24T10:05:00Z"))
    assert tell(client, an_event("START", at="2026-11-24T10:00:00Z")).json()["state"] == "COMPLETE"
    assert LineageEvent.objects.count() == 2


def test_who_works_in_several_units_says_whose_it_is(client, dmitri, oscar):
    dmitri.memberships.create(unit=oscar.units.get())
    refused = tell(client, an_event("START"))
    assert refused.status_code == 422 and "business_unit" in refused.json()["errors"]
    told = client.post(f"{LINEAGE}?business_unit=Markets", an_event("START"), content_type="application/json")
    assert told.json()["business_unit"] == "Markets"


def test_a_unit_one_does_not_work_in_is_refused(client, oscar):
    answer = client.post(f"{LINEAGE}?business_unit=Markets", an_event("START"), content_type="application/json")
    assert answer.status_code == 422 and not LineageRun.objects.exists()


def test_an_auditor_tells_nothing(aisha):
    client = Client()
    client.force_login(aisha)
    assert tell(client, an_event("START")).status_code == 403


def test_a_token_is_taken_as_bearer_as_the_clients_send_it(db, dmitri):
    client = Client()
    body = {"email": "dmitri@demo.example", "password": "dmitri"}
    secret = client.post("/api/v1/tokens/", body, content_type="application/json").json()["token"]
    assert tell(client, an_event("START"), authorization=f"Bearer {secret}").status_code == 201
    assert tell(client, an_event("START"), authorization="Bearer qst_wrong").status_code == 401


def test_what_a_job_read_and_made_is_linked_with_its_columns(client, dmitri, now):
    a_version(dmitri, now)
    made = table("quaestor", "DS-0001@1", columns(age=("raw", "born"), score=("raw", "points")))
    tell(client, an_event("COMPLETE", inputs=[table("warehouse", "raw")], outputs=[made]))
    found = asked(client, "graph", "warehouse raw").json()
    assert [(link["source"], link["target"]) for link in found["links"]] == [("warehouse raw", "DS-0001@1")]
    assert found["links"][0]["columns"] == {"born": ["age"], "points": ["score"]}
    assert {node["kind"] for node in found["nodes"]} == {"outside", "datasetversion"}


def test_columns_are_followed_from_another_system_through_a_table_of_ours_into_a_model(client, approved_story):
    reference = approved_story
    touched = asked(client, "impact", "warehouse raw", column="born").json()["touched"]
    assert [(hit["kind"], hit["columns"], hit["certain"]) for hit in touched] == [
        ("datasetversion", ["age"], True),
        ("modelversion", [], True),
    ]
    assert touched[1]["reference"] == reference
    unread = asked(client, "impact", "warehouse raw", column="colour").json()["touched"]
    assert unread == []


@pytest.fixture
def approved_story(client, dmitri, olivia, now):
    """warehouse raw -> DS-0001@1 -> a draft that reads age."""
    data = a_version(dmitri, now, target="default", score="score")
    version = a_scored_version(
        dmitri,
        a_model(olivia, now),
        now,
        reference_data=data.reference,
        evaluation_data=data.reference,
        inputs=["age"],
        target="default",
        protected=[],
        positive_label="yes",
        favourable_label="no",
    )
    made = table("quaestor", data.reference, columns(age=("raw", "born"), id=("raw", "number")))
    tell(client, an_event("COMPLETE", inputs=[table("warehouse", "raw")], outputs=[made]))
    return version.reference


def test_what_another_unit_does_is_counted_and_not_named(client, oscar, dmitri, now):
    hidden = a_version(oscar, now)
    shown = a_version(dmitri, now, b"a,b\n1,2\n3,4\n")
    made = [table("quaestor", hidden.reference), table("quaestor", shown.reference)]
    tell(client, an_event("COMPLETE", inputs=[table("warehouse", "raw")], outputs=made))
    found = asked(client, "graph", "warehouse raw").json()
    assert hidden.reference not in json.dumps(found) and found["hidden"] == 1
    assert asked(client, "graph", hidden.reference).status_code == 404
    stranger = Client()
    stranger.force_login(oscar)
    assert asked(stranger, "graph", "warehouse raw").status_code == 404


def test_a_graph_asks_no_more_for_many_than_for_few(client, dmitri, now, django_assert_max_num_queries):
    dataset = a_dataset(dmitri, now)
    for number in range(6):
        a_version(dmitri, now, f"a,b\n1,{number}\n".encode(), dataset)
    with django_assert_max_num_queries(16):
        found = graph(Node("dataset", dataset.reference), dmitri)
    assert len(found.links) == 6


@pytest.mark.parametrize(
    ("query", "status"),
    [({}, 422), ({"of": "DS-9999@1"}, 404), ({"of": "nothing told"}, 404), ({"of": "DS-0001@1", "x": "1"}, 422)],
)
def test_what_there_is_not_is_not_walked(client, dmitri, now, query, status):
    a_version(dmitri, now)
    assert client.get(f"{LINEAGE}/graph/", query).status_code == status
    assert client.get(f"{LINEAGE}/impact/", query).status_code == status


A, B, C, D = (Node("dataset", name) for name in "ABCD")


def walked(*links):
    return Graph(A, {node: ("", "") for link in links for node in (link.source, link.target)}, list(links))


def test_a_link_of_unknown_columns_may_read_any_of_them():
    unsure = impact(walked(Link(A, B, "feeds"), Link(B, C, "feeds", {"x": frozenset()})), ["a"])
    assert [(hit.node, hit.certain) for hit in unsure] == [(B, False), (C, False)]


def test_a_sure_way_outweighs_an_unsure_one():
    both = impact(walked(Link(A, B, "feeds"), Link(A, B, "feeds", {"a": frozenset(["b"])})), ["a"])
    assert [(hit.node, hit.certain) for hit in both] == [(B, True)]


def test_columns_change_their_names_on_the_way_and_those_unread_end():
    renamed = {"a": frozenset(["b"])}, {"b": frozenset(["c"])}, {"z": frozenset(["d"])}
    hits = impact(
        walked(*(Link(*ends, "feeds", g) for ends, g in zip([(A, B), (B, C), (C, D)], renamed, strict=True))), ["a"]
    )
    assert [(hit.node, set(hit.columns)) for hit in hits] == [(B, {"b"}), (C, {"c"})]


def test_a_circle_ends():
    circle = [Link(A, B, "feeds", {"a": frozenset(["b"])}), Link(B, A, "feeds", {"b": frozenset(["a"])})]
    assert [hit.node for hit in impact(walked(*circle), ["a"])] == [B]


def test_the_page_draws_it_and_says_the_same_in_a_table(client, approved_story):
    page = client.get("/lineage/", {"of": "warehouse raw", "columns": "born, colour"}).content.decode()
    assert "<svg" in page and "2 things would be touched" in page and approved_story in page
    assert client.get("/lineage/").status_code == 200
    assert client.get("/lineage/", {"of": "DS-7777"}).status_code == 422
    assert "warehouse raw" in client.get("/lineage/runs/LIN-0001/").content.decode()
    assert "Ask what breaks" in client.get("/dataset-versions/DS-0001@1/").content.decode()


@pytest.mark.both
def test_two_that_tell_of_one_run_at_once_make_one_run(own_database, now):
    dmitri, barrier, failures = person("dmitri"), threading.Barrier(4), []
    bodies = [an_event(kind, at=f"2026-11-24T10:0{n}:00Z") for n, kind in enumerate(["START", "RUNNING"])] * 2

    def at_once(body):
        try:
            barrier.wait()
            take_in_event(actor=dmitri, body=body, now=now)
        except Exception as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=at_once, args=[body]) for body in bodies]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert failures == []
    assert (LineageRun.objects.count(), LineageEvent.objects.count()) == (1, 2)
    assert LineageRun.objects.get().run == str(RUN) and not LineageLink.objects.exists()


@pytest.fixture
def receiver(settings):
    """A system that is told of lineage; answers what `answers` says, then 201."""
    with Receiver() as receiver:
        settings.OPENLINEAGE_URL, settings.OPENLINEAGE_KEY = receiver.address, "letmein"
        yield receiver


def test_what_is_made_here_is_told_once_with_its_columns(own_database, receiver, now):
    dmitri = person("dmitri")
    send_new(now)  # what was before is not told
    a_version(dmitri, now)
    made = table("quaestor", "DS-0001@1", columns(age=("raw", "born")))
    take_in_event(
        actor=dmitri, body=an_event("COMPLETE", inputs=[table("warehouse", "raw")], outputs=[made]), now=now
    )
    assert send_new(now) is not None and work_off() and send_new(now) is None
    (told,) = receiver.told
    assert told["authorization"] == "Bearer letmein"
    event = read_event(told["body"])
    assert [(table.namespace, table.name) for table in event.inputs] == [("warehouse", "raw")]
    (link,) = links_of(event)
    assert link.gives == {"born": ["age"]} and link.target.name == "DS-0001@1"
    assert told["body"]["outputs"][0]["facets"]["schema"]["fields"][0] == {"name": "id", "type": "integer"}


def test_a_receiver_that_is_down_is_told_later_and_one_that_refuses_is_not_told_for_ever(own_database, receiver, now):
    dmitri = person("dmitri")
    send_new(now)
    a_version(dmitri, now)
    a_version(dmitri, now, b"a,b\n1,2\n")
    receiver.answers = [503]
    job = send_new(now)
    work_off()
    job.refresh_from_db()
    assert job.state == Job.State.RETRYING and "answered 503" in job.error
    receiver.answers = [400]
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        work_off()
    assert [told["body"]["outputs"][0]["name"] for told in receiver.told] == ["DS-0001@1", "DS-0001@1", "DS-0002@1"]


def test_nothing_is_told_where_no_receiver_is_set(db, dmitri, now):
    a_version(dmitri, now)
    assert send_new(now) is None


SCRIPT = """
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import column_lineage_dataset as lineage
from openlineage.client.uuid import generate_new_uuid

client, run = OpenLineageClient(), str(generate_new_uuid())
field = lineage.Fields(inputFields=[lineage.InputField(namespace="warehouse", name="raw", field="born")])
made = OutputDataset("lake", "clean", facets={"columnLineage": lineage.ColumnLineageDatasetFacet({"age": field})})
for state in (RunState.START, RunState.COMPLETE):
    client.emit(RunEvent(
        eventType=state, eventTime="2026-11-24T10:00:00Z", run=Run(run), job=Job("airflow", "nightly"),
        producer="https://example.com/nightly", inputs=[InputDataset("warehouse", "raw")], outputs=[made],
    ))
client.close()
"""


@pytest.mark.parametrize("compression", ["", "gzip"])
def test_the_real_client_tells_us_as_it_comes(own_database, site, tmp_path, compression):
    secret = issue_token(actor=person("dmitri"), now=timezone.now(), name="airflow").secret
    peers.run(
        "openlineage",
        SCRIPT,
        folder=tmp_path,
        OPENLINEAGE__TRANSPORT__TYPE="http",
        OPENLINEAGE__TRANSPORT__URL=site,
        OPENLINEAGE__TRANSPORT__AUTH=json.dumps({"type": "api_key", "apiKey": secret}),
        **({"OPENLINEAGE__TRANSPORT__COMPRESSION": compression} if compression else {}),
    )
    run, link = LineageRun.objects.get(), LineageLink.objects.get()
    assert (run.state, run.events.count(), link.source, link.target) == ("COMPLETE", 2, "warehouse raw", "lake clean")
    assert link.gives == {"born": ["age"]}
