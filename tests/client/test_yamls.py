"""The client's YAML beside PyYAML's: what it takes, it takes for the same; what it doesn't, it refuses by line."""

import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from quaestor_client import yamls

CORE = {  # YAML 1.2's numbers, in the place of 1.1's
    "tag:yaml.org,2002:int": r"[-+]?(0|[1-9][0-9]*)$",
    "tag:yaml.org,2002:float": r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?$",
}
LEFT_OUT = {*CORE, *(f"tag:yaml.org,2002:{kind}" for kind in ("timestamp", "value", "merge"))}
ODD = ["a: b", "- x", "#h", "x #y", "'q'", '"', "a,b", "{x}", "[", "| x", "&a", "*b", "!t", "a:b", "http://x/y#z"]
UNCLEAR = ["yes", "no", "On", "off", "012", "0x1f", "0o7", "1_000", ".inf", ".NaN"]


class Core(yaml.SafeLoader):
    """PyYAML, reading dates as texts and numbers as YAML 1.2 has them."""

    yaml_implicit_resolvers = {
        sign: [(tag, pattern) for tag, pattern in resolvers if tag not in LEFT_OUT]
        for sign, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


for tag, pattern in CORE.items():
    Core.add_implicit_resolver(tag, re.compile(pattern), list("-+.0123456789"))


def reference(text):
    return as_json(yaml.load(text, Core))


def as_json(value):
    """With names that are texts, as JSON would have them."""
    if isinstance(value, dict):
        return {str(name): as_json(inner) for name, inner in value.items()}
    return [as_json(inner) for inner in value] if isinstance(value, list) else value


leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from([*ODD, *UNCLEAR, "2026-11-24", "12:30", "1e3", "~", "null", " lead", "trail "])
)
names = st.text(max_size=8) | st.sampled_from(["a", "b c", "x:y", "-k", "on"])
documents = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4)
)
signs = st.sampled_from([*"ab1:-#'\"[]{},|>&*! \n.e0~?%@\\", "a: ", "- ", "\n  ", "true", "1.5", " #c", "\n\n"])


@given(documents, st.sampled_from([None, False, True]), st.booleans())
def test_what_a_program_wrote_means_the_same_or_is_refused(document, flow, unicode):
    text = yaml.safe_dump(document, default_flow_style=flow, allow_unicode=unicode, width=10**6)
    try:
        read = yamls.load(text)
    except yamls.Unreadable:
        return
    assert read == reference(text)


@given(st.lists(signs, max_size=25).map("".join))
def test_what_is_taken_of_any_text_is_what_yaml_has_it_mean(text):
    try:
        read = yamls.load(text)
    except yamls.Unreadable:
        return
    assert read == reference(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "---\na: 1\n",
        "a: 1 # one\nb: '#2'\nc: x#3\n",
        "a:\n- 1\n- 2\nb:\n  - x: 1\n    y: 2\n  -\n    - z\n",
        "a: [1, 'b, c', {d: e},\n  f]  # over two lines\n",
        "a: |\n  one\n\n  two\nb: >-\n  three\n  four\n\n  five\nc: |+\n  six\n\nd: 7\n",
        'a: "\\u00e4\\n\\t\\\\"\n',
        "a: {}\nb: []\nc:\nd: ''\n",
        "url: https://quaestor.example:8000/#x\n",
        "learning_rate: 1e-3\nseed: -4\nshare: .5\n",
        "a:\r\n  b: 1\r\n",
    ],
)
def test_what_people_write_means_the_same(text):
    assert yamls.load(text) == reference(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: &x 1\nb: *x\n", "line 1: “&x 1”: anchors, aliases"),
        ("a: !!python/object x\n", "line 1: .*tags"),
        ("a: 1\n---\nb: 2\n", "line 2: directives and further documents"),
        ("a: 1\na: 2\n", "line 2: “a” stands here twice"),
        ("a: {b: 1, b: 2}\n", "line 1: “b” stands here twice"),
        ("a:\n\tb: 1\n", "line 2: a tab"),
        ("a: [1, 2\nb: 3\n", "line 1: what begins here does not end"),
        ("a: 'x\n", "line 1: a quotation mark closes"),
        ("a: b: c\n", "line 1: .*colon inside"),
        ("a: 1\n   b: 2\n", "line 2: it stands deeper"),
        ("a: 1\n- b\n", "line 2"),
        ("a: \x00\n", "line 1: U.0000"),
        ("a: 1e999\n", "line 1: .*beyond the largest"),
        ("a: " + "[" * 60 + "]" * 60, "line 1: it is nested more than 50 deep"),
        *((f"a: {word}\n", "line 1: .*may be read in two ways") for word in UNCLEAR),
    ],
)
def test_what_means_two_things_or_nothing_is_refused_by_line(text, why):
    with pytest.raises(yamls.Unreadable, match=why):
        yamls.load(text)


def test_a_bomb_does_not_go_off():
    with pytest.raises(yamls.Unreadable, match="line 1"):
        yamls.load("a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(20)))
