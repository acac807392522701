"""A view's way: written by one, put into force by another, followed, archived."""

import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.utils import DatabaseError

from apps.audit.models import Entry
from apps.core.errors import Conflict, IllegalTransition, RuleViolated
from apps.features.models import Feature, FeatureView, FeatureViewVersion
from apps.features.services.reading import ViewUnreadable
from apps.features.services.views import (
    archive_view,
    draft_version,
    edit_draft,
    propose_view,
    publish_version,
    withdraw_draft,
)
from tests.builders.features import accounts, in_force, proposed, view_yaml
from tests.conftest import also, person


def test_a_proposal_is_a_draft_that_is_in_no_catalogue(dmitri, now):
    view = proposed(dmitri, now)
    version = view.versions.get()
    assert (view.reference, version.reference, version.status) == ("FV-0001", "FV-0001@1", "draft")
    assert view.owner == dmitri and not Feature.objects.exists()


def test_somebody_else_puts_it_into_force(dmitri, rosa, now):
    version = proposed(dmitri, now).versions.get()
    with pytest.raises(RuleViolated, match="author"):
        publish_version(actor=dmitri, version=version, now=now)
    published = publish_version(actor=rosa, version=version, now=now, note="Looked at")
    assert (published.status, published.published_by) == ("published", rosa)
    found = Feature.objects.in_force().order_by("place")
    assert [(row.name, row.type, row.protected, row.owner) for row in found] == [
        ("balance", "number", False, dmitri),
        ("utilisation", "number", False, dmitri),
        ("sex", "string", True, dmitri),
    ]


def test_the_database_bars_the_author_too(dmitri, now):
    version = proposed(dmitri, now).versions.get()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE features_featureviewversion SET status = 'published', published_by_id = author_id,"
            " published_at = drafted_at WHERE id = %s",
            [version.pk],
        )


@pytest.mark.both
def test_what_is_in_force_keeps_its_words_whichever_way_one_comes(dmitri, rosa, now):
    version = in_force(dmitri, rosa, now)
    for statement in ("UPDATE features_featureviewversion SET text = 'x'", "DELETE FROM features_featureviewversion"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"{statement} WHERE id = %s", [version.pk])


def test_a_next_version_ends_the_one_before(dmitri, rosa, now):
    first = in_force(dmitri, rosa, now)
    text = view_yaml(first.view.source.reference, name="Accounts by month", ttl="90d")
    second = draft_version(actor=dmitri, view=first.view, text=text, now=now)
    assert Feature.objects.in_force().count() == 3 and FeatureView.objects.get().name == "Account behaviour"
    publish_version(actor=rosa, version=second, now=now)
    states = dict(FeatureViewVersion.objects.values_list("reference", "status"))
    assert states == {"FV-0001@1": "superseded", "FV-0001@2": "published"}
    assert FeatureView.objects.get().name == "Accounts by month"
    assert {row.version.number for row in Feature.objects.in_force()} == {2}


def test_one_draft_at_a_time(dmitri, now):
    view = proposed(dmitri, now)
    with pytest.raises(Conflict, match="FV-0001@1 is a draft already"):
        draft_version(actor=dmitri, view=view, text=view_yaml(view.source.reference), now=now)
    withdraw_draft(actor=dmitri, version=view.versions.get(), now=now)
    again = draft_version(actor=dmitri, view=view, text=view_yaml(view.source.reference), now=now)
    assert again.number == 2


def test_only_its_author_edits_a_draft(dmitri, rosa, olivia, now):
    version = proposed(dmitri, now).versions.get()
    text = view_yaml(version.view.source.reference, ttl="9d")
    with pytest.raises(RuleViolated, match="Only Dmitri Petrov can edit"):
        edit_draft(actor=also(olivia, "data_engineer"), version=version, text=text, now=now)
    assert edit_draft(actor=dmitri, version=version, text=text, now=now).definition.ttl == "9d"
    publish_version(actor=rosa, version=FeatureViewVersion.objects.get(), now=now)
    with pytest.raises(IllegalTransition):
        edit_draft(actor=dmitri, version=version, text=text, now=now)


def test_who_does_not_build_proposes_nothing(olivia, now):
    with pytest.raises(PermissionDenied):
        proposed(olivia, now)


def test_the_source_must_be_one_that_the_author_may_know(dmitri, oscar, now):
    theirs = accounts(oscar, now)
    with pytest.raises(ViewUnreadable, match="There is no dataset DS-0001 here"):
        propose_view(actor=dmitri, text=view_yaml(theirs.dataset.reference), now=now)


def test_the_source_needs_a_version_and_stays(dmitri, rosa, now):
    from tests.builders.datasets import a_dataset

    empty = a_dataset(dmitri, now, name="Empty")
    with pytest.raises(ViewUnreadable, match="has no version yet"):
        propose_view(actor=dmitri, text=view_yaml(empty.reference), now=now)
    first = in_force(dmitri, rosa, now)
    other = accounts(dmitri, now, name="Others")
    with pytest.raises(ViewUnreadable, match=r"is made of DS-0002, and stays so"):
        draft_version(actor=dmitri, view=first.view, text=view_yaml(other.dataset.reference), now=now)


def test_a_column_that_went_since_stops_the_publication(dmitri, rosa, now):
    view = proposed(dmitri, now)
    accounts(dmitri, now, b"customer_id,observed_at,loaded_at\n1,2026-01-01,2026-01-02\n", dataset=view.source)
    with pytest.raises(ViewUnreadable, match="balance"):
        publish_version(actor=rosa, version=view.versions.get(), now=now)
    assert view.versions.get().status == "draft"


def test_people_who_are_named_exist(dmitri, now):
    source = accounts(dmitri, now)
    text = view_yaml(source.dataset.reference, ttl="9d\nowner: nobody@demo.example")
    with pytest.raises(ViewUnreadable, match=r"Line 8: There is nobody with the address nobody@demo\.example"):
        proposed(dmitri, now, source, text)


def test_two_views_of_a_source_have_two_names(dmitri, now):
    first = proposed(dmitri, now)
    with pytest.raises(Conflict, match="has a feature view called “Account behaviour” already"):
        propose_view(actor=dmitri, text=view_yaml(first.source.reference), now=now)


def test_an_archived_view_is_out_of_use_for_good(dmitri, rosa, now):
    version = in_force(dmitri, rosa, now)
    draft_version(actor=dmitri, view=version.view, text=view_yaml(version.view.source.reference, ttl="9d"), now=now)
    view = archive_view(actor=rosa, view=version.view, now=now, note="Nobody uses it")
    assert {row.status for row in view.versions.all()} == {"ended"} and not Feature.objects.in_force().exists()
    with pytest.raises(IllegalTransition, match="archived"):
        draft_version(actor=dmitri, view=view, text=view_yaml(view.source.reference), now=now)
    with pytest.raises(IllegalTransition):
        archive_view(actor=rosa, view=view, now=now)
    verbs = list(Entry.objects.filter(verb__startswith="features.").order_by("pk").values_list("verb", flat=True))
    assert verbs[-3:] == ["features.view_archived", "features.version_ended", "features.version_ended"]


def test_json_is_kept_as_the_yaml_that_people_read(dmitri, now):
    import json

    import yaml

    source = accounts(dmitri, now)
    said = yaml.safe_load(view_yaml(source.dataset.reference))
    view = propose_view(actor=dmitri, text=json.dumps(said), now=now)
    assert view.versions.get().text.startswith("name: Account behaviour\n")


@pytest.mark.both
def test_two_who_publish_at_once_put_it_into_force_once(own_database, now):
    dmitri, rosa, ruth = map(person, ("dmitri", "rosa", "ruth"))
    version, outcomes = proposed(dmitri, now).versions.get(), []
    start = threading.Barrier(2)

    def publish(actor):
        start.wait()
        try:
            publish_version(actor=actor, version=version, now=now)
            outcomes.append("in force")
        except IllegalTransition:
            outcomes.append("too late")
        finally:
            connection.close()

    threads = [threading.Thread(target=publish, args=[actor]) for actor in (rosa, ruth)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in force", "too late"]
    assert Feature.objects.count() == 3
    assert Entry.objects.filter(verb="features.version_published").count() == 1
