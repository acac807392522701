"""What a CSV file may be, and what is said of one that is none."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.errors import BadInput
from apps.datasets.intake.limits import Limits
from apps.datasets.intake.metadata import TableMetadata
from apps.datasets.intake.taking import take_in


def taken(folder, content, limits=None):
    source = folder / "upload"
    source.write_bytes(content.encode() if isinstance(content, str) else content)
    return take_in(source, folder / "table.parquet", TableMetadata(), limits)


def cells(table):
    import pyarrow.parquet as pq

    return pq.read_table(table.path).to_pylist()


def types(table):
    return {column.name: column.type for column in table.columns}


BAD = {
    "nothing": (b"", "The file is empty"),
    "names alone": ("a,b\n", "column names and no rows"),
    "Latin-1": ("a,b\n1,café\n".encode("latin-1"), "Line 2 is not UTF-8 (byte 0xe9)"),
    "UTF-16": ("a,b\n1,2\n".encode("utf-16"), "This text is in UTF-16"),
    "a NUL byte": (b"a,b\n1,2\n3,\x00\n", "Line 3 holds a NUL byte"),
    "rubbish": (bytes(range(1, 256)) * 9, "is not UTF-8"),
    "a column twice": ("age,x,age\n1,2,3\n", "“age” occurs 2 times (columns 1, 3)"),
    "names that differ in case only": ("id,Age,age\n1,2,3\n", "“Age” and “age” differ only in capital letters"),
    "a column without a name": (",a\n0,1\n", "Column 1 has no name"),
    "a name too long": (f"{'a' * 201},b\n1,2\n", "longer than 200 characters"),
    "a name with a line break": ('"a\nb",c\n1,2\n', "a line break or another control character"),
    "numbers for names": ("1,2\n3,4\n", "The first line holds numbers"),
    "a field too many": ("a,b\n1,2\n1,2,3\n", "Line 3 has 3 fields where the first line names 2 columns"),
    "a field too few": ("a,b\n1,2\n\n1\n", "Line 4 has 1 field where"),
    "a quote left open": ('a,b\n1,2\n3,"4\n5,6\n', "The quote opened in line 3 is never closed"),
    "a quote inside": ('a,b\n1,x"y"\n', None),
    "a quote after a quote": ('a,b\n1,"x"y\n2,"z"\n', "Line 2 has a quote inside of a field"),
    "infinity": ("a,b\n1,2\n2,-inf\n3,Infinity\n", "“b” holds 2 infinite values"),
    "a number too large": ("a,b\n1,1e999\n2,3\n", "“b” holds 1 infinite value"),
    "JSON": ('{"a": 1}', "This is JSON"),
    "a web page": ("<html><p>a,b</p></html>", "like a CSV file"),
    "prose": ("hello\nworld\n", "Only one column was found"),
    "a ZIP": (b"PK\x03\x04....", "This is a ZIP archive"),
    "gzip": (b"\x1f\x8b\x08....", "compressed by gzip"),
    "a pickle": (b"\x80\x04K\x01.", "a Python pickle"),
    "a picture": (b"\x89PNG\r\n\x1a\n", "image/png, not a table"),
}


@pytest.mark.parametrize(("content", "sentence"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_said_and_nothing_is_left(content, sentence, tmp_path):
    if sentence is None:
        assert cells(taken(tmp_path, content)) == [{"a": 1, "b": 'x"y"'}]
        return
    with pytest.raises(BadInput) as refusal:
        taken(tmp_path, content)
    assert sentence in refusal.value.errors["file"][0]
    assert not (tmp_path / "table.parquet").exists()


GOOD = {
    "commas": "a,b\n1,x\n",
    "semicolons": "a;b\n1;x\n",
    "tabs": "a\tb\n1\tx\n",
    "bars": "a|b\n1|x\n",
    "Windows line ends": "a,b\r\n1,x\r\n",
    "old Mac line ends": "a,b\r1,x\r",
    "a byte order mark": "\ufeffa,b\n1,x\n",
    "no last line end": "a,b\n1,x",
    "blank lines": "a,b\n\n1,x\n\n",
    "blanks round names": " a , b \n1,x\n",
    "quotes": '"a","b"\n"1","x"\n',
}


@pytest.mark.parametrize("content", GOOD.values(), ids=GOOD)
def test_the_usual_ways_of_writing_are_one_table(content, tmp_path):
    table = taken(tmp_path, content)
    assert cells(table) == [{"a": 1, "b": "x"}]
    assert table.digest == taken(tmp_path, GOOD["commas"]).digest


@pytest.mark.parametrize(
    ("written", "type_", "read"),
    [
        (["1", "-2", " 3 "], "integer", [1, -2, 3]),
        (["1", "2.5", "1e3"], "number", [1.0, 2.5, 1000.0]),
        (["01", "02"], "string", ["01", "02"]),
        (["9007199254740993"], "integer", [9007199254740993]),
        (["99999999999999999999"], "string", ["99999999999999999999"]),
        (["1", "nan", "NA", ""], "integer", [1, None, None, None]),
        (["nan", "x"], "string", ["nan", "x"]),
        (["inf", "x"], "string", ["inf", "x"]),
        (["inf"], "string", ["inf"]),
        (["true", "FALSE"], "boolean", [True, False]),
        (["yes", "no"], "string", ["yes", "no"]),
        (["2026-02-30"], "string", ["2026-02-30"]),
        (["=1+1"], "string", ["=1+1"]),
    ],
)
def test_a_type_is_what_all_cells_agree_on(written, type_, read, tmp_path):
    lines = "".join(f"{cell},x\n" for cell in written)
    table = taken(tmp_path, f"a,b\n{lines}")
    assert types(table)["a"] == type_ and [row["a"] for row in cells(table)] == read


def test_days_and_moments_are_known(tmp_path):
    table = taken(tmp_path, "d,m,i\n2026-11-24,2026-11-24 10:00:00,2026-11-24T10:00:00+02:00\n")
    assert types(table) == {"d": "date", "m": "timestamp", "i": "timestamp"}
    assert cells(table)[0]["i"].isoformat() == "2026-11-24T08:00:00+00:00"
    assert table.columns[2].min == "2026-11-24T08:00:00"


def test_cells_taken_as_missing_are_counted_and_said(tmp_path):
    table = taken(tmp_path, "income,b\n1,x\nnan,y\nNaN,z\n,z\n")
    assert table.columns[0].nulls == 3
    assert "income: 2 cells said “nan” or the like and count as missing." in table.notes


def test_a_column_that_is_nearly_numbers_is_pointed_at(tmp_path):
    table = taken(tmp_path, "a,b\n" + "1,x\n" * 99 + "?,x\n")
    assert types(table)["a"] == "string" and any(note.startswith("a: most cells are numbers") for note in table.notes)


def test_a_type_that_the_sample_suggests_yields_to_later_cells(tmp_path):
    table = taken(tmp_path, "a,b\n" + "1,x\n" * 21_000 + "1.5,x\nword,x\n")
    assert types(table)["a"] == "string" and table.rows == 21_002


@pytest.mark.parametrize("cell", ["1", "word"])
def test_a_fault_far_down_is_named_all_the_same(cell, tmp_path):
    with pytest.raises(BadInput, match="Line 30002 has 3 fields"):
        taken(tmp_path, "a,b\n" + f"{cell},x\n" * 30_000 + "1,2,3\n")


def test_names_that_are_formulas_or_markup_are_just_names(tmp_path):
    table = taken(tmp_path, '=cmd|a,"<b>",it\'s,"say ""hi"""\n1,2,3,4\n')
    assert list(types(table)) == ["=cmd|a", "<b>", "it's", 'say "hi"']


def test_more_rows_columns_or_bytes_than_taken_are_refused(tmp_path):
    content = "a,b\n" + "1,2\n" * 100
    for limits, sentence in (
        (Limits(rows=99), "more than 99 rows"),
        (Limits(columns=1), "2 columns; at most 1"),
        (Limits(unpacked_bytes=1000), "unpacks to more than"),
    ):
        with pytest.raises(BadInput, match=sentence):
            taken(tmp_path, content, limits)


def test_the_reader_can_reach_no_other_file(tmp_path):
    import duckdb

    from apps.datasets.intake.engine import reading

    (tmp_path / "secret").write_text("a,b\n1,2\n")
    (tmp_path / "upload").write_text("a,b\n1,2\n")
    with reading(tmp_path / "upload") as connection:
        for query in (
            f"SELECT * FROM read_csv('{tmp_path}/secret')",
            "SELECT * FROM read_text('/etc/hostname')",
            "INSTALL httpfs",
            f"ATTACH '{tmp_path}/other.db'",
            f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
            "SET enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(query)


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=("Cs",)), max_size=12)


@given(rows=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=20))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_texts_come_back_as_they_were_written(rows, tmp_path):
    held = io.StringIO(newline="")
    writer = csv.writer(held, quoting=csv.QUOTE_ALL)
    writer.writerow(["key", "text", "word"])
    writer.writerows([f"k{place}", *row] for place, row in enumerate(rows))
    read = cells(taken(tmp_path, held.getvalue() + '"last","word","word"\r\n'))
    assert [row["key"] for row in read] == [f"k{place}" for place in range(len(rows))] + ["last"]
    assert [row["text"] for row in read[:-1]] == [text or None for text, _ in rows]


@given(numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.none(), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_numbers_come_back_to_the_last_bit(numbers, tmp_path):
    lines = "".join(f"{'' if number is None else repr(number)},x\n" for number in [0.5, *numbers])
    table = taken(tmp_path, f"a,b\n{lines}")
    assert [row["a"] for row in cells(table)] == [0.5, *numbers]
    assert table.columns[0].nulls == numbers.count(None)


@pytest.mark.parametrize(
    "cells",
    [("1,5", "2,75", "10"), ("1.234,56", "12,00", "7"), ("1,234.56", "12", "1,000,000"), ("1 234", "5", "-2 000,5")],
)
def test_numbers_as_some_countries_write_them_are_text_with_a_note(tmp_path, cells):
    table = taken(tmp_path, "a,b\n" + "".join(f'"{cell}",x\n' for cell in cells))
    assert types(table)["a"] == "string"
    assert "a: looks like numbers with decimal commas or thousands separators; it was read as text." in table.notes


@pytest.mark.parametrize("cells", [("1,5", "two", "three"), ("a,b", "c", "d"), ("01,5", "007", "1")])
def test_other_text_has_no_such_note(tmp_path, cells):
    table = taken(tmp_path, "a,b\n" + "".join(f'"{cell}",x\n' for cell in cells))
    assert not [note for note in table.notes if "decimal commas" in note]
