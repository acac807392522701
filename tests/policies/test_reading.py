"""Errors point at the line and the field, whatever is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.written import MAX_BYTES, read_text
from apps.policies.rules import KINDS, GatePolicy, Unreadable, read_policy, run_cases
from tests.builders.policies import DEFAULTS, gate_yaml


def problems(text):
    with pytest.raises(Unreadable) as refused:
        read_policy(text)
    return refused.value.problems


def test_a_sound_policy_is_read():
    policy = read_policy(gate_yaml())
    assert isinstance(policy, GatePolicy) and policy.gates[0].limit.min == 0.7


@pytest.mark.parametrize(
    ("before", "after", "line", "field", "said"),
    [
        ("limit:", "limt:", 9, "gates[0].limt", "Did you mean “limit”?"),
        ("limit:", "limt:", 7, "gates[0].limit", "needed"),
        ("{min: 0.7}", "{min: 0.7, max: 0.1}", 9, "gates[0].limit", "nothing could pass"),
        ("{min: 0.7}", "{min: high}", 9, "gates[0].limit.min", "must be a number"),
        ("{min: 0.7}", "0.7", 9, "gates[0].limit", "must be a mapping"),
        ("tiers: [1]", "tiers: 1", 5, "applies.tiers", "must be a list"),
        ("tiers: [1]", "tiers: [one]", 5, "applies.tiers[0]", "whole number"),
        ("measure: auc\n    limit", "measure: 7\n    limit", 8, "gates[0].measure", "must be text"),
        ("measure: auc\n    limit", "measure: A U C\n    limit", 8, "gates[0].measure", "small letters"),
        ("[binary_classification]", "[ranking]", 4, "applies.tasks[0]", "must be one of 'binary_classification'"),
        ("kind: gate_policy", "kind: gates", 1, "kind", "Say which kind this is: gate_policy, tiering_method"),
        (
            "name: A good ranking",
            "name: A good ranking\n    name: Twice",
            12,
            "cases[0].name",
            "the first is on line 11",
        ),
        ("limit:", "near: interval\n    use: lower\n    limit:", 7, "gates[0]", "needs use: point"),
        ("name: Ranking power", "name: *power", 7, "gates[0]", "Anchors and aliases"),
        ("name: Ranking power", "name: &power x", 7, "gates[0]", "Anchors and aliases"),
        ("name: Ranking power", "name: !!python/object:os.system x", 7, "gates[0]", "Tags"),
        ("  - name: Ranking power", "  - name: [", 9, "", "isn't YAML"),
        ("auc, value: 0.9}", "auc, value: .nan}", 13, "cases[0].results[0].value", "must be a number"),
        ("expect: {outcome: passed}", "expect: {outcome: great}", 14, "cases[0].expect.outcome", "one of"),
    ],
)
def test_an_error_points_at_its_line(before, after, line, field, said):
    found = problems(gate_yaml().replace(before, after))
    match = [p for p in found if p.line == line and p.field == field]
    assert match and said in match[0].message, [p.as_dict() for p in found]


def test_every_error_is_told_at_once_in_the_order_of_lines():
    found = problems(gate_yaml().replace("limit:", "limt:").replace("tiers: [1]", "tiers: 1"))
    assert [p.line for p in found] == [5, 7, 9]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "nothing here"),
        ("just words", "begins with its kind"),
        ("- a list", "begins with its kind"),
        ("name: a\x00b", "U+0000"),
        ("a: 1\n---\nb: 2", "Only one document"),
        ("? [a, b]\n: c", "plain text, not a list"),
        (b"name: \xff", "UTF-8"),
        ("name: '" + "x" * MAX_BYTES + "'", "at most 1 MB"),
        ("a: " + "[" * 5000, "nested deeper"),
        ("a: [" + "1," * 60_000 + "1]", "50,000 values"),
        ("a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]", "Anchors"),
    ],
)
def test_what_is_not_a_policy_gets_a_sentence(text, said):
    assert said in problems(text)[0].message


def test_json_is_read_with_its_lines_too():
    found = problems('{"kind": "gate_policy",\n "name": "x",\n "aplies": {}, "gates": []}')
    assert (found[0].line, found[0].field) == (1, "applies")
    assert (found[-1].line, found[-1].field) == (3, "gates")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("no", "no"),
        ("true", True),
        ("1:30", "1:30"),
        ("010", 10),
        ("1e-3", 0.001),
        ("~", None),
        ("'7'", "7"),
        ("2026-11-24", "2026-11-24"),
        (".inf", ".inf"),
    ],
)
def test_words_mean_what_they_seem_to(typed, meant):
    assert read_text(f"a: {typed}").data == {"a": meant}


@given(st.text(max_size=200))
def test_text_that_is_no_policy_is_refused_with_a_place(text):
    assert all(p.line >= 1 and p.message.endswith((".", "”?")) for p in problems(text))


@pytest.mark.parametrize("path", sorted(DEFAULTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_our_own_policies_can_be_read(path):
    assert read_policy(path.read_bytes()).cases


def test_the_guides_examples_can_be_read_and_their_cases_pass():
    guide = (DEFAULTS.parents[2] / "docs" / "policies.md").read_text()
    examples = [block.partition("```")[0] for block in guide.split("```yaml\n")[1:]]
    policies = [read_policy(example) for example in examples]
    assert [policy.kind for policy in policies] == list(KINDS)
    assert all(run.passed for policy in policies for run in run_cases(policy))
