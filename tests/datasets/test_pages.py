"""The pages of data work without a script, and lose nothing that was typed."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from apps.datasets.models import Dataset, DatasetVersion
from tests.builders.datasets import DATA, LOANS, a_dataset, a_version
from tests.builders.files import Endless, announce, part_of_file


@pytest.fixture
def client(client, dmitri):
    client.force_login(dmitri)
    return client


def text(answer):
    return answer.content.decode()


def test_a_dataset_is_registered_by_its_form(client):
    assert "No datasets yet" in text(client.get("/datasets/"))
    unit = client.get("/datasets/new/").context["form"].fields["business_unit"].queryset.get()
    typed = {"name": "Loans", "description": "Rows", "classification": "internal", "business_unit": unit.pk}
    made = client.post("/datasets/new/", typed)
    assert (made.status_code, made.url) == (302, "/datasets/DS-0001/")
    assert "Loans" in text(client.get("/datasets/")) and "No table yet" in text(client.get(made.url))


def test_a_description_is_edited_and_a_stale_one_is_not(client, dmitri, now):
    a_dataset(dmitri, now)
    typed = {"name": "New", "description": "", "classification": "public", "revision": 1}
    assert client.post("/datasets/DS-0001/edit/", typed).status_code == 302
    stale = client.post("/datasets/DS-0001/edit/", {**typed, "name": "Newer"})
    assert "Somebody changed this" in text(stale) and "Newer" in text(stale)
    assert Dataset.objects.get().name == "New"


def test_a_table_is_uploaded_and_shown_with_its_columns(client, dmitri, now):
    a_dataset(dmitri, now)
    typed = {
        "file": SimpleUploadedFile("loans.csv", LOANS),
        "target": "default",
        "protected": "age, id",
        "score": "score",
    }
    made = client.post("/datasets/DS-0001/upload/", typed)
    assert (made.status_code, made.url) == (302, "/dataset-versions/DS-0001@1/")
    assert DatasetVersion.objects.get().metadata == {
        "target": "default",
        "protected": ["age", "id"],
        "score": "score",
    }
    page = text(client.get(made.url))
    assert "How the values of age are spread" in page and "First rows" in page and "0.9" in page
    assert "DS-0001@1" in text(client.get("/datasets/DS-0001/"))


def test_a_refused_upload_keeps_what_was_typed_and_says_where(client, dmitri, now):
    a_dataset(dmitri, now)
    typed = {"file": SimpleUploadedFile("loans.csv", LOANS), "target": "nope", "protected": "age"}
    page = client.post("/datasets/DS-0001/upload/", typed)
    assert page.context["form"].errors == {"target": ["There is no column “nope” in this file."]}
    assert 'value="nope"' in text(page) and 'value="age"' in text(page)
    empty = client.post("/datasets/DS-0001/upload/", {"file": SimpleUploadedFile("a.csv", b"")})
    assert "The file is empty" in text(empty)
    assert "required" in text(client.post("/datasets/DS-0001/upload/", {"target": "a"}))


def test_too_large_an_upload_is_a_page_that_says_so(client, dmitri, now):
    a_dataset(dmitri, now)
    with override_settings(UPLOAD_LIMIT_BYTES=1 << 20):
        answer = announce(client, "/datasets/DS-0001/upload/", announced_bytes=5 << 30, body=Endless(part_of_file()))
    assert answer.status_code == 413 and "larger than 1 MB" in text(answer)


def test_names_from_outside_are_never_markup(client, dmitri, now):
    version = a_version(dmitri, now, b"=1+1,<script>alert(1)</script>\n1,<b>x</b>\n2,y\n")
    page = text(client.get(version.get_absolute_url()))
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page and "<b>x</b>" not in page


def test_rows_are_shown_to_who_may_read_them_only(client, dmitri, adam, aisha, now):
    version = a_version(dmitri, now, b"name,x\nMargarethe,1\nBartholomew,2\n" + b"other,3\n" * 60)
    assert "Margarethe" in text(client.get(version.get_absolute_url()))
    client.force_login(aisha)
    assert "Margarethe" in text(client.get(version.get_absolute_url()))
    client.force_login(adam)
    page = client.get(version.get_absolute_url())
    assert "not its rows" in text(page) and "Margarethe" not in text(page)
    assert client.get(f"{version.get_absolute_url()}table/").status_code == 403


def test_another_units_pages_do_not_exist(client, dmitri, oscar, now):
    version = a_version(dmitri, now)
    client.force_login(oscar)
    for address in ("/datasets/DS-0001/", "/datasets/DS-0001/upload/", version.get_absolute_url()):
        assert client.get(address).status_code == 404


def test_an_auditor_is_offered_no_button_and_gets_no_form(client, dmitri, aisha, now):
    a_dataset(dmitri, now)
    client.force_login(aisha)
    assert "upload" not in text(client.get("/datasets/DS-0001/"))
    assert client.get("/datasets/DS-0001/upload/").status_code == 403
    assert client.get("/datasets/new/").status_code == 403


@pytest.mark.parametrize(
    ("path", "metadata", "rows"),
    [
        ("german_credit.csv", {"target": "credit_risk", "protected": ["age"]}, 1_000),
        ("employment_ma/reference.parquet", {"target": "employed", "id_column": "id", "protected": ["SEX"]}, 68_785),
    ],
)
def test_real_tables_are_taken_in_and_drawn(client, dmitri, now, path, metadata, rows):
    version = a_version(dmitri, now, DATA / path, filename=path, **metadata)
    assert version.rows == rows
    page = text(client.get(version.get_absolute_url()))
    assert page.count("<svg") > 20


def test_a_table_of_many_columns_is_shown_by_the_page(client, dmitri, now):
    names = [f"c{number}" for number in range(220)]
    table = f"{','.join(names)}\n" + "".join(f"{','.join(str(row) for _ in names)}\n" for row in range(5))
    version = a_version(dmitri, now, table.encode())
    first, last = (client.get(version.get_absolute_url(), {"page": page}) for page in (1, 3))
    assert [column["name"] for column in first.context["columns"]] == names[:100]
    assert "1 to 100 of 220" in text(first) and 'rel="next"' in text(first)
    assert len(last.context["preview"][0]) == 20
