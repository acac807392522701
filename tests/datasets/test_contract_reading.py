"""Contracts in ODCS 3: what is read, what is kept, and what is refused at its line."""

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core.written import Unreadable
from apps.datasets.contracts import read_contract
from tests.builders.contracts import COLUMNS, contract, ours


def terms(*args, **kwargs):
    return read_contract(contract(*args, **kwargs))[0]


def refused(text):
    """What is said of a text that can't be used: [(line, field, sentence)]."""
    with pytest.raises(Unreadable) as refusal:
        read_contract(text)
    return [(problem.line, problem.field, problem.message) for problem in refusal.value.problems]


def problems(text):
    """The same, empty where it can be used."""
    try:
        read_contract(text)
    except Unreadable:
        return refused(text)
    return []


def only(text):
    ((_, field, message),) = refused(text)
    return field, message


def column(**said):
    return [{"name": "x", **said}]


def test_columns_and_checks_come_of_the_schema():
    found = terms()
    assert [(field.name, field.type, field.required) for field in found.fields] == [
        ("id", "integer", True),
        ("amount", "number", False),
        ("state", "string", False),
    ]
    assert [(check.name, str(check.kind), str(check.expects)) for check in found.checks] == [
        ("id not null", "not_null", "no row fails"),
        ("id unique", "unique", "no row fails"),
        ("amount in its range", "range", "no row fails"),
    ]
    assert found.compatibility == "backward"


def test_every_kind_of_check_can_be_written():
    quality = [
        {"metric": "rowCount", "mustBeBetween": [1, 10]},
        {"metric": "duplicateValues", "mustBe": 0, "arguments": {"properties": ["id", "state"]}},
        {"type": "sql", "query": "SELECT count(*) FROM ${object} WHERE amount > 5", "mustBeLessThan": 3},
        ours("sql", failingRows="SELECT * FROM {object} WHERE amount < 0", atMost=1, unit="percent"),
        ours("distribution", column="amount", against="DS-0001@1", measure="ks", atMost=0.1),
        ours("referential", columns=["id"], dataset="DS-0002", to=["key"]),
    ]
    columns = [
        *COLUMNS[:2],
        {
            "name": "state",
            "logicalType": "string",
            "quality": [
                {"metric": "nullValues", "mustBeLessOrEqualTo": 1, "unit": "percent", "severity": "warning"},
                {"metric": "missingValues", "mustBe": 0, "arguments": {"missingValues": [None, "", "N/A"]}},
                {"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": ["BY", "BE"]}},
                {"metric": "invalidValues", "mustBe": 0, "arguments": {"pattern": "^[A-Z]{2}$"}},
                {"metric": "invalidValues", "mustBe": 0, "arguments": {"minLength": 2, "maxLength": 2}},
            ],
        },
        {"name": "seen", "logicalType": "timestamp"},
    ]
    sla = [{"property": "latency", "value": 2, "unit": "d", "element": "loans.seen"}]
    found = terms(columns, quality=quality, slaProperties=sla)
    kinds = {str(check.kind) for check in found.checks}
    assert kinds == {
        *("not_null", "unique", "range", "set", "regex"),
        *("freshness", "row_count", "referential", "distribution", "sql"),
    }
    named = {check.name: check for check in found.checks}
    assert len(named) == len(found.checks)
    assert str(named["state not null"].severity) == "warn"
    assert str(named["seen fresh"].expects) == "at most 2 d"
    assert str(named["amount like DS-0001@1"].expects) == "at most 0.1"


def test_relationships_and_keys_are_checks():
    columns = [
        {"name": "b", "logicalType": "integer", "primaryKey": True, "primaryKeyPosition": 2},
        {"name": "a", "logicalType": "integer", "primaryKey": True, "primaryKeyPosition": 1},
    ]
    to_people = {"to": ["people.k", "people.l"], "from": ["loans.a", "loans.b"]}
    named = [{"property": "dataset", "value": "DS-0002"}, {"property": "severity", "value": "warning"}]
    found = terms(columns, relationships=[{**to_people, "customProperties": named}, to_people])
    checks = {check.name: check for check in found.checks}
    assert checks["a and b unique"].columns == ("a", "b")
    assert checks["a, b in DS-0002"].arguments == {"dataset": "DS-0002", "to": ["k", "l"]}
    assert str(checks["a, b in DS-0002"].severity) == "warn"
    assert "names no dataset" in found.kept[0].why


def test_what_is_for_others_is_kept_and_said():
    quality = [
        {"type": "text", "description": "Checked by hand."},
        {"type": "custom", "engine": "soda", "implementation": "duplicate_percent: 1"},
    ]
    text = contract(
        quality=quality,
        servers=[{"server": "x", "type": "local", "path": "a", "format": "csv"}],
        team={"name": "loans"},
        slaProperties=[{"property": "retention", "value": 3, "unit": "y"}],
    )
    found, document = read_contract(text)
    assert [kept.what for kept in found.kept] == ["A rule in words", "A rule for soda", "The agreement “retention”"]
    assert document == yaml.safe_load(text)


def test_json_is_yaml_too():
    document = yaml.safe_load(contract())
    found, kept = read_contract(json.dumps(document))
    assert found == read_contract(contract())[0]
    assert kept == document


def test_of_several_tables_one_has_to_be_named():
    document = yaml.safe_load(contract())
    document["schema"].append({"name": "people", "properties": [{"name": "k", "logicalType": "integer"}]})
    text = yaml.safe_dump(document, sort_keys=False)
    assert only(text) == ("schema", "Say which of its tables this dataset is: loans, people.")
    assert [field.name for field in read_contract(text, table="people")[0].fields] == ["k"]
    with pytest.raises(Unreadable, match="no table “x”"):
        read_contract(text, table="x")
    assert "no table under" in only(contract().partition("schema:")[0])[1]


def test_whole_numbers_keep_every_digit():
    columns = column(logicalType="integer", logicalTypeOptions={"maximum": 9_223_372_036_854_775_807})
    assert terms(columns).checks[0].arguments == {"maximum": 9_223_372_036_854_775_807}


CONTRADICTIONS = {
    "required and left out": (
        contract(
            column(logicalType="string", required=True, quality=[{"metric": "nullValues", "mustBeLessThan": 5}])
        ),
        "never missing; this lets it be missing",
    ),
    "key and not required": (contract(column(primaryKey=True, required=False)), "part of the key"),
    "smallest above greatest": (
        contract(column(logicalType="number", logicalTypeOptions={"minimum": 5, "maximum": 1})),
        "smaller bound is the larger one",
    ),
    "nothing between": (
        contract(column(logicalType="number", logicalTypeOptions={"minimum": 1, "exclusiveMaximum": 1})),
        "Nothing is at least 1",
    ),
    "no whole number between": (
        contract(column(logicalType="integer", logicalTypeOptions={"minimum": 1.2, "maximum": 1.8})),
        "Nothing is at least 2",
    ),
    "dates in the wrong order": (
        contract(column(logicalType="date", logicalTypeOptions={"minimum": "2026-02-01", "maximum": "2026-01-01"})),
        "smaller bound is the larger one",
    ),
    "two ranges apart": (
        contract(
            column(
                logicalType="number",
                logicalTypeOptions={"maximum": 5},
                quality=[{"metric": "invalidValues", "mustBe": 0, "arguments": {"minimum": 6}}],
            )
        ),
        "No value of “x” is in this range and in that of line",
    ),
    "lengths in the wrong order": (
        contract(column(logicalType="string", logicalTypeOptions={"minLength": 3, "maxLength": 2})),
        "no text fits",
    ),
    "a set outside of its range": (
        contract(column(logicalType="integer", logicalTypeOptions={"maximum": 5}, enum=[{"value": 1}, {"value": 9}])),
        "“9” is in the set of “x” and not in its range",
    ),
    "a set against its form": (
        contract(
            column(logicalType="string", logicalTypeOptions={"pattern": "^A"}, enum=[{"value": "B"}, {"value": "A"}])
        ),
        "“B” is in the set of “x” and not of its form",
    ),
    "two sets apart": (
        contract(
            column(
                logicalType="string",
                enum=[{"value": "B"}],
                quality=[{"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": ["A"]}}],
            )
        ),
        "not in its other set",
    ),
    "unique with one value": (
        contract(column(logicalType="string", unique=True, enum=[{"value": "B"}])),
        "it is a constant",
    ),
    "unique and fixed": (
        contract(column(logicalType="number", unique=True, logicalTypeOptions={"minimum": 1, "maximum": 1})),
        "it is a constant",
    ),
    "more rows than values": (
        contract(
            column(logicalType="boolean", unique=True, required=True, enum=[{"value": True}, {"value": False}]),
            quality=[{"metric": "rowCount", "mustBeGreaterThan": 2}],
        ),
        "unique with 2 possible values",
    ),
    "counts that exclude each other": (
        contract(quality=[{"metric": "rowCount", "mustBe": 5}, {"metric": "rowCount", "mustBeLessThan": 5}]),
        "No number of rows meets",
    ),
    "an unknown column in a key": (
        contract(quality=[{"metric": "duplicateValues", "mustBe": 0, "arguments": {"properties": ["id", "nope"]}}]),
        "There is no column “nope”",
    ),
    "an unknown column in a query": (
        contract(quality=[{"type": "sql", "query": "SELECT max(nope) FROM loans", "mustBe": 0}]),
        "nope",
    ),
    "an unknown column in an agreement": (
        contract(slaProperties=[{"property": "latency", "value": 1, "unit": "d", "element": "loans.nope"}]),
        "There is no column “nope”",
    ),
    "two checks of one name": (
        contract(quality=[{"name": "n", "metric": "rowCount", "mustBe": 1}] * 2),
        "a check called “n” already",
    ),
    "a column twice": (contract([{"name": "x"}, {"name": "y", "physicalName": "x"}]), "stands here twice"),
    "a pattern of numbers": (
        contract(
            column(
                logicalType="integer",
                quality=[{"metric": "invalidValues", "mustBe": 0, "arguments": {"pattern": "a"}}],
            )
        ),
        "only text has a pattern",
    ),
    "a range of text": (
        contract(column(logicalType="boolean", logicalTypeOptions={"minimum": 1})),
        "which has no range",
    ),
    "a value of another type": (
        contract(column(logicalType="integer", enum=[{"value": "one"}])),
        "“one” isn't a whole number",
    ),
    "freshness of a number": (
        contract(slaProperties=[{"property": "latency", "value": 1, "unit": "d", "element": "amount"}]),
        "only dates and moments",
    ),
    "a count below zero": (contract(quality=[{"metric": "rowCount", "mustBeLessThan": 0}]), "never below zero"),
    "a share above all": (
        contract(column(quality=[{"metric": "nullValues", "mustBeGreaterThan": 100, "unit": "percent"}])),
        "never above 100",
    ),
    "between, backwards": (
        contract(quality=[{"metric": "rowCount", "mustBeBetween": [5, 1]}]),
        "smaller number comes first",
    ),
    "no expectation": (contract(quality=[{"metric": "rowCount"}]), "What it must be is missing"),
    "two expectations": (
        contract(quality=[{"metric": "rowCount", "mustBe": 1, "mustNotBe": 2}]),
        "What it must be stands here 2 times",
    ),
    "a pattern with a look-ahead": (
        contract(column(logicalType="string", logicalTypeOptions={"pattern": "(?=a)b"})),
        "Look-around and back-references aren't known",
    ),
    "a type that no column has": (contract(column(logicalType="map")), "isn't a type of a column here"),
    "an unknown severity": (
        contract(quality=[{"metric": "rowCount", "mustBe": 1, "severity": "purple"}]),
        "says neither that it blocks",
    ),
    "an unknown mode": (
        contract(customProperties=[{"property": "compatibility", "value": "sideways"}]),
        "Compatibility is one of backward, forward, full, none",
    ),
    "a query that writes": (
        contract(quality=[{"type": "sql", "query": "DROP TABLE loans", "mustBe": 0}]),
        "only reads",
    ),
    "a query that reads files": (
        contract(quality=[ours("sql", failingRows="SELECT * FROM read_csv('/etc/passwd')")]),
        "reaches outside",
    ),
    "a query of two values": (
        contract(quality=[{"type": "sql", "query": "SELECT min(id), max(id) FROM loans", "mustBe": 0}]),
        "it gives 2 columns",
    ),
    "a typing error": (contract(column(requird=True)), "Did you mean “required”?"),
    "a typing error of ours": (
        contract(quality=[ours("distribution", column="id", against="DS-0001@1", atMst=1)]),
        "Did you mean “atMost”?",
    ),
    "an old standard": (contract().replace("v3.1.0", "v2.2.2"), "This must be one of 'v3.0.0'"),
    "a version that is a number": (contract(version=1.0), "put it in quotes"),
    "an alias": ("a: &x 1\nb: *x\n", "Anchors and aliases"),
    "a tag": ("a: !!python/object:os.system ls\n", "Tags (!) aren't allowed"),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_what_contradicts_itself_is_refused(name):
    text, sentence = CONTRADICTIONS[name]
    found = refused(text)
    assert any(sentence in message for _, _, message in found), found


def test_a_refusal_names_line_and_field():
    text = contract(column(logicalType="number", logicalTypeOptions={"minimum": 5, "maximum": 1}))
    ((line, field, _),) = refused(text)
    assert text.split("\n")[line - 1].strip() == "minimum: 5"
    assert field == "schema[0].properties[0].logicalTypeOptions.minimum"


def test_bombs_and_floods_are_refused():
    bomb = "a: &a [x, x]\n" + "".join(
        f"{c}: &{c} [*{p}, *{p}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert "Anchors and aliases" in only(bomb)[1]
    assert "at most 1 MB" in only("a: " + "x" * 1_100_000)[1]
    assert "nested deeper" in only("[" * 200 + "]" * 200)[1]
    assert "at most 500 checks" in only(contract(quality=[{"metric": "rowCount", "mustBeGreaterThan": 1}] * 501))[1]


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PLACES = st.sampled_from(
    [
        "name",
        "logicalType",
        "logicalTypeOptions",
        "required",
        "quality",
        "enum",
        "relationships",
        "primaryKey",
        "unique",
    ]
)


@settings(max_examples=150, deadline=None)
@given(PLACES, JSONS)
def test_whatever_stands_at_a_column_is_read_or_refused(place, value):
    assert all(line >= 1 and message for line, _, message in problems(contract([{"name": "x", place: value}])))


RULES = st.dictionaries(
    st.sampled_from(
        [
            "metric",
            "type",
            "mustBe",
            "mustBeBetween",
            "unit",
            "arguments",
            "query",
            "engine",
            "name",
            "implementation",
        ]
    ),
    JSONS
    | st.sampled_from(["rowCount", "invalidValues", "missingValues", "duplicateValues", "custom", "sql", "quaestor"])
    | st.sampled_from([{"validValues": [1, "x"]}, {"pattern": "("}, {"properties": ["x", "x"]}, {"check": "sql"}]),
    max_size=5,
)


@settings(max_examples=200, deadline=None)
@given(RULES, st.booleans())
def test_whatever_stands_in_a_rule_is_read_or_refused(rule, inside):
    said = {"properties": column(quality=[rule])} if inside else {"properties": column(), "quality": [rule]}
    assert all(line >= 1 and message for line, _, message in problems(contract(**said)))
