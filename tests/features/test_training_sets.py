"""Training sets: asked for, built by a job into a version of a dataset, or refused with a sentence."""

import pytest
from django.core.exceptions import PermissionDenied

from apps.audit.models import Entry
from apps.audit.selectors import said
from apps.core import uses
from apps.core.errors import BadInput, RuleViolated
from apps.datasets.models import Dataset, DatasetVersion
from apps.datasets.selectors.tables import frame
from apps.features.joining.holding import Leak
from apps.features.models import TrainingSet
from apps.features.services.planning import Asked
from apps.features.services.views import archive_view
from apps.jobs.models import Job
from apps.jobs.running import work_off
from tests.builders.datasets import a_dataset, a_version
from tests.builders.features import ACCOUNTS, LOANS, accounts, built, in_force, loans, proposed, requested, view_yaml


@pytest.fixture
def version(dmitri, rosa, now):
    return in_force(dmitri, rosa, now)


def test_each_label_has_its_features_as_they_were_known(dmitri, version, now):
    training_set = built(dmitri, now, version)
    assert (training_set.status, training_set.error) == ("built", "")
    table = frame(training_set.version).astype(object)
    table = table.where(table.notna(), None).set_index("loan_id")
    assert list(table.columns) == ["customer_id", "decided_at", "default", "balance", "utilisation", "sex"]
    assert table["balance"].to_dict() == {
        10: 100.0,  # January's, which came on the first of February
        11: 500.0,
        12: 50.0,
        13: None,  # March's came on the ninth of April; January's is past its 45 days
        14: None,  # the row is there, its balance is not
        15: None,
        16: None,
    }
    assert table["sex"].to_dict()[14] == "m"


def test_what_it_was_made_of_is_kept_by_digest(dmitri, version, now):
    training_set = built(dmitri, now, version)
    record, labels = training_set.record, training_set.labels
    assert record.digest == training_set.document_digest
    assert record.document["labels"] == {
        "version": labels.reference,
        "digest": labels.digest,
        "rows": 7,
        "time": "decided_at",
        "target": "default",
    }
    (view,) = record.document["views"]
    source = DatasetVersion.objects.get(reference="DS-0001@1")
    assert (view["view"], view["digest"], view["source_digest"]) == ("FV-0001@1", version.digest, source.digest)
    assert view["labels"] == {"keyless": 1, "unmatched": 1, "expired": 1, "matched": 4}
    missing = {one["name"]: (one["missing"], one["empty"], one["protected"]) for one in view["features"]}
    assert missing == {"balance": (4, 1, False), "utilisation": (4, 1, False), "sex": (3, 0, True)}
    assert record.document["result"]["digest"] == training_set.version.digest
    event = Entry.objects.get(verb="features.training_set_built")
    assert event.cause == "features.training_set_requested"
    changes = [change["after"] for change in said(event)["changes"] if "document_digest" in change["after"]]
    assert changes[0]["document_digest"] == record.digest


def test_the_parts_of_the_columns_go_with_them_and_protected_features_are_flagged(dmitri, version, now):
    training_set = built(dmitri, now, version)
    assert training_set.version.metadata == {
        "target": "default",
        "id_column": "loan_id",
        "time_column": "decided_at",
        "protected": ["sex"],
    }


def test_the_same_asked_for_again_is_the_same_version(dmitri, version, now):
    first = built(dmitri, now, version)
    again = built(dmitri, now, version, first.labels, dataset=first.dataset, name="")
    assert again.version == first.version and again.reference == "TS-0002"


def test_some_features_of_several_views_under_prefixes(dmitri, rosa, version, now):
    other = in_force(dmitri, rosa, now, DatasetVersion.objects.get(), name="The same again", ttl="400d")
    views = [
        Asked(view=version, features=["utilisation"]),
        Asked(view=other, features=["balance", "utilisation"], prefix="old_"),
    ]
    training_set = built(dmitri, now, version, views=views)
    names = [column["name"] for column in training_set.version.columns]
    assert names[-3:] == ["utilisation", "old_balance", "old_utilisation"]
    assert frame(training_set.version).set_index("loan_id")["old_balance"][13] == 50.0


def test_an_earlier_version_of_the_source_gives_the_features_of_that_day(dmitri, version, now):
    accounts(dmitri, now, ACCOUNTS.replace(b",500,", b",900,"), dataset=version.view.source)
    labels, older = loans(dmitri, now), DatasetVersion.objects.get(reference="DS-0001@1")
    newest = built(dmitri, now, version, labels)
    then = built(dmitri, now, version, labels, name="Then", views=[Asked(view=version, source=older)])
    assert [frame(one.version).set_index("loan_id")["balance"][11] for one in (newest, then)] == [900.0, 500.0]


def test_sql_over_many_rows_is_computed_and_tried_first(dmitri, rosa, now):
    source = accounts(dmitri, now)
    text = view_yaml(source.dataset.reference) + (
        "  - name: change\n    type: number\n"
        "    expression: balance - lag(balance) OVER (PARTITION BY customer_id ORDER BY observed_at)\n"
    )
    training_set = built(dmitri, now, in_force(dmitri, rosa, now, source, text))
    assert training_set.error == ""
    assert frame(training_set.version).set_index("loan_id")["change"][11] == 200.0


def test_a_new_dataset_is_handled_as_carefully_as_what_goes_in(dmitri, rosa, now):
    careful = a_dataset(dmitri, now, name="Accounts", classification="restricted")
    version = in_force(dmitri, rosa, now, accounts(dmitri, now, dataset=careful))
    training_set = requested(dmitri, now, version)
    assert training_set.dataset.classification == "restricted"
    assert training_set.dataset.business_unit == training_set.labels.dataset.business_unit
    public = a_dataset(dmitri, now, name="For all", classification="public")
    with pytest.raises(RuleViolated, match="is public, and what would go into it is restricted"):
        requested(dmitri, now, version, training_set.labels, dataset=public, name="")


class TestWhatIsRefused:
    def test_a_view_that_reads_the_target(self, dmitri, rosa, now):
        labels = loans(dmitri, now)
        text = view_yaml(labels.dataset.reference).partition("features:")[0]
        text = text.replace("observed_at", "decided_at").replace("loaded_at", "decided_at")
        leaking = (
            text + "features:\n  - name: late\n    type: boolean\n    expression: |\n      \"default\" = 'yes'\n"
        )
        version = in_force(dmitri, rosa, now, labels, leaking)
        with pytest.raises(Leak, match="FV-0001@1 reads “default”, which is what the labels are to teach"):
            requested(dmitri, now, version, labels)
        assert not TrainingSet.objects.exists()

    def test_a_view_beside_the_target_may_be_of_the_same_table(self, dmitri, rosa, now):
        labels = loans(dmitri, now, LOANS.replace(b"16,,", b"16,4,"))
        text = view_yaml(labels.dataset.reference).partition("features:")[0]
        text = text.replace("observed_at", "decided_at").replace("loaded_at", "decided_at")
        beside = text + "features:\n  - name: same_loan\n    type: integer\n    expression: loan_id\n"
        assert built(dmitri, now, in_force(dmitri, rosa, now, labels, beside), labels).error == ""

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (ACCOUNTS.replace(b"2026-02-01 06:00:00,100", b",100"), "have no “loaded_at”"),
            (ACCOUNTS.replace(b"2026-0", b"2027-0"), "after the last label"),
        ],
    )
    def test_rows_of_which_nobody_can_say_when(self, dmitri, rosa, now, content, said):
        training_set = built(dmitri, now, in_force(dmitri, rosa, now, accounts(dmitri, now, content)))
        assert training_set.status == "refused" and said in training_set.error
        assert Job.objects.get(pk=training_set.job).state == "failed" and training_set.version is None
        assert Entry.objects.filter(verb="features.training_set_refused").count() == 1

    def test_labels_without_a_moment(self, dmitri, version, now):
        labels = loans(dmitri, now, LOANS.replace(b"10,1,2026-02-15 00:00:00", b"10,1,"))
        assert "have no moment in “decided_at”" in built(dmitri, now, version, labels).error

    def test_a_feature_that_turns_out_to_be_the_target(self, dmitri, rosa, now):
        who = range(1, 41)
        lines = [f"{k},2026-01-31 00:00:00,2026-02-01 06:00:00,{k % 2},1000,f" for k in who]
        told = "customer_id,observed_at,loaded_at,balance,credit_limit,sex\n" + "\n".join(lines)
        outcomes = "\n".join(f"{k},{k},2026-02-15 00:00:00,{'yes' if k % 2 else 'no'}" for k in who)
        labels = loans(dmitri, now, f"loan_id,customer_id,decided_at,default\n{outcomes}\n".encode())
        version = in_force(dmitri, rosa, now, accounts(dmitri, now, told.encode()))
        error = built(dmitri, now, version, labels).error
        assert "“balance” of FV-0001@1 tells “default” in every row" in error

    @pytest.mark.parametrize(
        ("asked", "said", "where", "sentence"),
        [
            ({}, {"label_time": "when"}, "label_time", "has no column “when”"),
            ({}, {"label_time": "default"}, "label_time", "a moment is a date or a timestamp"),
            ({}, {"target": "defult"}, "target", "has no column “defult”"),
            ({"features": ["nothing"]}, {}, "views[0].features", "has no feature “nothing”"),
            ({"keys": {"client": "customer_id"}}, {}, "views[0].keys", "is no key of FV-0001@1"),
            ({"keys": {"customer_id": "client"}}, {}, "views[0].keys", "have no column “client”"),
            ({"keys": {"customer_id": "default"}}, {}, "views[0].keys", "they would never match"),
            ({}, {"name": ""}, "dataset", "Name the dataset"),
        ],
    )
    def test_what_is_not_there_or_does_not_fit(self, dmitri, version, now, asked, said, where, sentence):
        with pytest.raises(BadInput) as refused:
            requested(dmitri, now, version, views=[Asked(view=version, **asked)], **said)
        assert sentence in refused.value.errors[where][0]

    def test_columns_of_one_name(self, dmitri, version, now):
        labels = loans(dmitri, now, LOANS.replace(b"loan_id", b"Balance"), id_column="Balance")
        with pytest.raises(BadInput, match="There is a “balance” in DS-0002@1 already"):
            requested(dmitri, now, version, labels)

    def test_a_source_of_another_dataset_or_without_its_columns(self, dmitri, version, now):
        labels = loans(dmitri, now)
        with pytest.raises(BadInput, match="is made of DS-0001"):
            requested(dmitri, now, version, labels, views=[Asked(view=version, source=labels)])
        poorer = a_version(
            dmitri, now, b"customer_id,observed_at,loaded_at\n1,2026-01-01,2026-01-02\n", version.view.source
        )
        with pytest.raises(BadInput, match="can't stand over DS-0001@2 any more"):
            requested(dmitri, now, version, labels, views=[Asked(view=version, source=poorer)])

    def test_a_view_that_is_no_more_or_not_yet_in_force(self, dmitri, rosa, version, now):
        source = DatasetVersion.objects.get()
        draft = proposed(dmitri, now, source, name="Another").versions.get()
        with pytest.raises(RuleViolated, match="FV-0002@1 is draft"):
            requested(dmitri, now, draft)
        archive_view(actor=rosa, view=version.view, now=now)
        version.refresh_from_db()
        with pytest.raises(RuleViolated, match="is archived"):
            requested(dmitri, now, version, DatasetVersion.objects.get(reference="DS-0002@1"))

    def test_people_who_may_not(self, dmitri, olivia, adam, oscar, version, now):
        labels = loans(dmitri, now)
        with pytest.raises(PermissionDenied):
            requested(olivia, now, version, labels)
        with pytest.raises(PermissionDenied, match="not its rows"):
            requested(adam, now, version, labels)
        theirs = loans(oscar, now)
        with pytest.raises(PermissionDenied):
            requested(dmitri, now, version, theirs)


def test_who_uses_what_is_known(dmitri, version, now):
    training_set = built(dmitri, now, version)
    found = {(use.of, use.reference): use.part for use in uses.of(["DS-0001", "DS-0001@1", "DS-0002@1"])}
    assert found == {
        ("DS-0001", "FV-0001"): "Features are made of it",
        ("DS-0001@1", training_set.reference): "Features of a training set are made of it",
        ("DS-0002@1", training_set.reference): "Labels of a training set",
    }


def test_a_cancelled_job_leaves_a_refusal_and_no_table(dmitri, version, now):
    from apps.jobs.services import cancel

    training_set = requested(dmitri, now, version)
    cancel(actor=dmitri, job=Job.objects.get(pk=training_set.job), now=now)
    work_off()
    training_set.refresh_from_db()
    assert (training_set.status, training_set.error) == ("refused", "Somebody cancelled it.")
    assert Dataset.objects.get(reference=training_set.dataset.reference).versions.count() == 0
