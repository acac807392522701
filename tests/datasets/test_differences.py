"""What is different between two versions is worked out once, shown as far as one may see, and never holds a cell."""

import json

import pytest

from apps.core.errors import BadInput, Gone
from apps.datasets.models import Difference
from apps.datasets.selectors.differences import key_for
from apps.datasets.services import differences
from apps.datasets.services.differences import difference
from apps.datasets.services.tags import set_tag
from apps.jobs.models import Job
from apps.jobs.running import work_off
from apps.jobs.services import cancel
from tests.builders.datasets import DATA, a_dataset, a_version

NEWER = b"id,age,score,default\n1,23,0.9,yes\n2,48,0.2,no\n4,35,,no\n5,Margarethe,0.1,no\n"
DIFF = "/api/v1/dataset-versions/DS-0001@2/diff/"


@pytest.fixture
def first(dmitri, now):
    return a_version(dmitri, now, id_column="id")


@pytest.fixture
def second(dmitri, first, now):
    return a_version(dmitri, now, NEWER, dataset=first.dataset, id_column="id")


@pytest.fixture
def ask(client):
    def asked(who, **query):
        client.force_login(who)
        return client.get(DIFF, query)

    return asked


@pytest.fixture
def large(monkeypatch):
    monkeypatch.setattr(differences, "AT_ONCE_CELLS", 10)


def text(answer):
    return answer.content.decode()


class TestPrograms:
    def test_see_schema_rows_cells_and_distributions(self, first, second, ask, dmitri):
        found = ask(dmitri, against="DS-0001@1").json()
        assert found["before"] == {"reference": "DS-0001@1", "digest": first.digest, "rows": 4}
        assert found["key"] == ["id"]
        assert found["schema"]["retyped"] == [{"name": "age", "before": "integer", "after": "string"}]
        rows = found["rows"]
        assert (rows["added"], rows["removed"], rows["changed"], rows["same"]) == (1, 1, 2, 1)
        assert rows["examples"]["added"] == [{"id": 5, "age": "Margarethe", "score": 0.1, "default": "no"}]
        assert rows["examples"]["removed"] == [{"id": 3, "age": 61, "score": 0.4, "default": "no"}]
        cells = {cell["column"]: cell for cell in found["cells"]}
        assert cells["age"]["examples"] == [{"key": {"id": 2}, "before": 47, "after": "48"}]
        assert cells["default"]["share"] == pytest.approx(1 / 3)
        assert {row["column"]: row["kind"] for row in found["distributions"]} == {
            "score": "number",
            "default": "category",
            "age": "retyped",
        }

    def test_a_person_who_may_not_read_rows_gets_no_cell(self, first, second, ask, adam):
        answer = ask(adam, against="DS-0001@1")
        assert answer.status_code == 200 and "Margarethe" not in text(answer) and '"yes"' not in text(answer)
        found = answer.json()
        assert found["rows"]["added"] == 1 and found["rows"]["examples"] is None
        assert {row["column"] for row in found["distributions"] if "bins" in row} == {"score"}

    def test_what_is_kept_holds_no_cell_and_no_version(self, first, second, ask, dmitri):
        ask(dmitri, against="DS-0001@1")
        kept = json.dumps(Difference.objects.get().details)
        assert "Margarethe" not in kept and "DS-0001" not in kept

    def test_name_the_key_or_several(self, first, second, ask, dmitri):
        assert ask(dmitri, against="DS-0001@1", key=["id", "default"]).json()["rows"]["added"] == 2
        assert ask(dmitri, against="DS-0001@1", key="score").json()["errors"] == {
            "key": ["“score” is empty in 1 row of DS-0001@1, so rows can't be matched by it."]
        }
        again = ask(dmitri, against="DS-0001@1", key="score")
        assert again.status_code == 422 and Difference.objects.count() == 2

    @pytest.mark.parametrize(
        ("query", "field", "sentence"),
        [
            ({}, "against", "Name the version"),
            ({"against": "DS-0001@1", "key": "nope"}, "key", "DS-0001@1 has no column “nope”"),
            ({"against": "DS-0001@1", "key": "age"}, "key", "“age” is integer in DS-0001@1 and string in DS-0001@2"),
            ({"against": "DS-0001@1", "kee": "id"}, "kee", "nothing of this name to ask by"),
        ],
    )
    def test_what_can_not_be_compared_is_said_at_its_field(self, first, second, ask, dmitri, query, field, sentence):
        answer = ask(dmitri, **query)
        assert answer.status_code == 422 and sentence in answer.json()["errors"][field][0]

    def test_versions_that_one_may_not_see_are_not_there(self, first, second, ask, dmitri, oscar, now):
        elsewhere = a_version(oscar, now)
        assert ask(dmitri, against=elsewhere.reference).status_code == 404
        assert ask(dmitri, against="DS-0009@1").status_code == 404
        assert ask(oscar, against="DS-0001@1").status_code == 404

    def test_versions_of_different_datasets_can_be_compared(self, first, second, ask, dmitri, now):
        other = a_version(dmitri, now)
        found = ask(dmitri, against=other.reference).json()
        assert (found["before"]["reference"], found["rows"]["by"]) == ("DS-0002@1", "whole_rows")

    def test_a_tag_names_either(self, first, second, ask, client, dmitri, now):
        set_tag(actor=dmitri, dataset=first.dataset, name="golden", version=first, now=now)
        assert ask(dmitri, against="DS-0001@golden").json()["before"]["reference"] == "DS-0001@1"
        other = client.get("/api/v1/dataset-versions/DS-0001@golden/diff/?against=DS-0001@2").json()
        assert other["after"]["reference"] == "DS-0001@1"

    def test_what_is_large_is_a_job_and_then_known(self, first, second, ask, dmitri, large):
        begun = ask(dmitri, against="DS-0001@1")
        assert begun.status_code == 202 and begun["Location"].startswith("/api/v1/jobs/")
        assert ask(dmitri, against="DS-0001@1").json()["job"]["id"] == begun.json()["job"]["id"]
        work_off()
        assert Job.objects.get().result == {"before": "DS-0001@1", "after": "DS-0001@2", "key": ["id"]}
        assert ask(dmitri, against="DS-0001@1").json()["rows"]["added"] == 1
        assert Job.objects.count() == 1

    def test_a_large_one_that_can_not_be_matched_says_why_ever_after(self, first, second, ask, dmitri, large):
        assert ask(dmitri, against="DS-0001@1", key="default").status_code == 202
        work_off()
        answer = ask(dmitri, against="DS-0001@1", key="default")
        assert answer.status_code == 422 and "values stand in several rows of DS-0001@1" in text(answer)


class TestOnce:
    def test_the_same_tables_are_never_compared_twice(self, first, second, dmitri, now, monkeypatch):
        found = difference(actor=dmitri, before=first, after=second, key=["id"], now=now)
        monkeypatch.setattr(differences, "compare", None)
        assert difference(actor=dmitri, before=first, after=second, key=["id"], now=now) == found
        twin = a_version(dmitri, now)  # another dataset, the same table
        assert difference(actor=dmitri, before=twin, after=second, key=["id"], now=now) == found

    def test_two_who_ask_at_once_keep_one(self, first, second, now):
        for _ in range(2):
            differences._keep(first, second, ["id"], {"rows": {}}, now)
        assert Difference.objects.count() == 1

    def test_rows_that_are_gone_can_not_be_compared_but_what_is_known_stays(self, first, second, dmitri, now):
        known = difference(actor=dmitri, before=first, after=second, key=["id"], now=now)
        first.status, first.gone_at = "disposed", now
        assert difference(actor=dmitri, before=first, after=second, key=["id"], now=now) == known
        with pytest.raises(Gone, match="DS-0001@1 were disposed of"):
            difference(actor=dmitri, before=first, after=second, key=[], now=now)

    def test_the_id_that_both_name_is_the_key(self, first, second, dmitri, now):
        assert key_for(first, second, []) == ["id"]
        assert key_for(a_version(dmitri, now), second, []) == []
        with pytest.raises(BadInput):
            key_for(first, second, ["ID"])


class TestPeople:
    def test_choose_a_version_and_read_what_is_different(self, first, second, client, dmitri):
        client.force_login(dmitri)
        assert "Compare with DS-0001@1" in text(client.get("/dataset-versions/DS-0001@2/diff/"))
        page = text(client.get("/dataset-versions/DS-0001@2/diff/?against=DS-0001@1&key="))
        for words in ("Rows added", "Retyped", "Margarethe", "<del>", "By chance up to", "c-fill-5"):
            assert words in page, words
        assert "/dataset-versions/DS-0001@2/diff/" in text(client.get("/dataset-versions/DS-0001@2/"))

    def test_a_person_who_may_not_read_rows_sees_counts(self, first, second, client, adam):
        client.force_login(adam)
        page = text(client.get("/dataset-versions/DS-0001@2/diff/?against=DS-0001@1"))
        assert "Rows added" in page and "Margarethe" not in page and "who may read the rows" in page

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("against=", "required"),
            ("against=DS-0007@1", "There is no such version"),
            ("against=rubbish", "There is no such version"),
            ("against=DS-0001@1&key=nope", "has no column “nope”"),
            ("against=DS-0001@1&key=default", "values stand in several rows of DS-0001@1"),
        ],
    )
    def test_what_can_not_be_compared_stands_at_the_field(self, first, second, client, dmitri, query, sentence):
        client.force_login(dmitri)
        answer = client.get(f"/dataset-versions/DS-0001@2/diff/?{query}")
        assert answer.status_code == 422 and sentence in text(answer)

    def test_a_job_that_was_given_up_is_not_asked_for_again_by_looking(
        self, first, second, client, dmitri, now, large
    ):
        client.force_login(dmitri)
        address = "/dataset-versions/DS-0001@2/diff/?against=DS-0001@1"
        assert "is worked out once" in text(client.get(address))
        cancel(actor=dmitri, job=Job.objects.get(), now=now)
        assert "Try again" in text(client.get(address)) and Job.objects.count() == 1
        client.get(f"{address}&again=1")
        assert Job.objects.count() == 2
        work_off()
        assert "Rows added" in text(client.get(address))

    def test_columns_are_found_by_a_part_of_their_name(self, first, second, client, dmitri):
        client.force_login(dmitri)
        page = client.get("/dataset-versions/DS-0001@2/diff/?against=DS-0001@1&column=SCO")
        assert [row["column"] for row in page.context["rows"]] == ["score"]

    def test_tables_that_say_the_same_have_nothing_to_show(self, first, client, dmitri, now):
        other = a_version(dmitri, now, dataset=first.dataset, target="default")
        client.force_login(dmitri)
        page = text(client.get(f"{other.get_absolute_url()}diff/?against=DS-0001@1"))
        assert "No column changed" in page

    def test_real_tables_of_two_years(self, client, dmitri, now):
        dataset = a_dataset(dmitri, now)
        for name in ("reference", "analysis"):
            path = DATA / f"employment_ma/{name}.parquet"
            a_version(dmitri, now, path, dataset, f"{name}.parquet")
        client.force_login(dmitri)
        begun = client.get("/dataset-versions/DS-0001@2/diff/?against=DS-0001@1")
        work_off()
        page = client.get("/dataset-versions/DS-0001@2/diff/?against=DS-0001@1")
        assert begun.status_code == page.status_code == 200
        assert text(page).count("<svg") >= 6
