"""Figures read one way everywhere."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.template import Context, Template

from apps.core.templatetags import format as written
from apps.core.templatetags import look

TEMPLATES = Path(__file__).parents[2] / "templates"
THIN = "\u202f"
MINUS = "\u2212"


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (0.8312, "0.831"),
        (-0.5, f"{MINUS}0.500"),
        (-0.0001, "0.000"),
        (None, "—"),
        (float("nan"), "—"),
        (float("inf"), "—"),
        ("", "—"),
        (True, "—"),
    ],
)
def test_a_number_has_three_digits_and_what_is_missing_is_a_dash(figure, text):
    assert written.number(figure) == text


def test_counts_are_grouped_by_a_narrow_space():
    assert written.whole(1204004) == f"1{THIN}204{THIN}004"


def test_a_margin_has_its_sign():
    assert [written.signed(m) for m in (0.034, -0.018, 0)] == ["+0.034", f"{MINUS}0.018", "0.000"]


def test_a_share_is_written_in_percent():
    assert written.percent(0.0423) == f"4.2{THIN}%"


def test_an_interval_stands_behind_its_value():
    assert written.interval(0.8312, 0.799, 0.864) == "0.831 [0.799, 0.864]"
    assert written.interval(0.8312, None, None) == "0.831"


@pytest.mark.parametrize(
    ("digest", "text"),
    [
        ("sha256:9f3b5a7c1d2e4f6041c0", "sha256:9f3b…41c0"),
        ("9f3b5a7c1d2e4f6041c0", "9f3b…41c0"),
        ("abc", "abc"),
        ("", "—"),
    ],
)
def test_a_digest_keeps_its_ends(digest, text):
    assert written.short_digest(digest) == text


def test_moments_are_written_in_the_organisations_time_zone(settings):
    settings.TIME_ZONE = "Europe/Vienna"
    assert written.moment(datetime(2026, 11, 20, 23, 47, tzinfo=UTC)) == "21 Nov 2026, 00:47 CET"
    assert written.moment(date(2026, 11, 20)) == "20 Nov 2026"
    assert written.moment("as typed") == "as typed"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.42, "0.4 s"),
        (42, "42 s"),
        (125, "2 min 5 s"),
        (12000, "3 h 20 min"),
        (timedelta(days=4, hours=2), "4 d 2 h"),
    ],
)
def test_durations_have_two_units_at_most(seconds, text):
    assert written.duration(seconds).replace(THIN, " ") == text


@pytest.mark.parametrize(("size", "text"), [(812, "812 B"), (4_200_000, "4.2 MB"), (5_000_000_000, "5.0 GB")])
def test_sizes_are_in_powers_of_a_thousand(size, text):
    assert written.size(size).replace(THIN, " ") == text


def test_a_status_we_have_no_words_for_is_plain_and_readable():
    assert look.status_tone("in_approval") == "accent"
    assert look.status_tone("resting") == "plain"
    assert look.worded("in_approval") == "In approval"


def test_a_result_we_do_not_know_is_never_a_pass():
    assert look.result_look("near_limit")["label"] == "Near limit"
    assert look.result_look("strange")["key"] == "inconclusive"


def test_a_difference_names_its_lines():
    assert [kind for kind, _ in look.text_diff("a\nb", "a\nc")] == ["place", "same", "removed", "added"]
    assert look.text_diff("a", "a") == []


def test_initials_are_two_letters():
    assert [look.initials(name) for name in ("Risa Osei", "Ana", "", "Åsa de la Cruz")] == ["RO", "AN", "", "ÅC"]


def test_a_table_of_cards_says_what_each_part_is():
    drawn = Template(
        """{% load look %}{% cards %}<thead><tr><th scope="col">Due</th></tr></thead>
        <tbody><tr><th scope="row">A</th><td class="num">{{ said }}</td></tr></tbody>{% endcards %}"""
    ).render(Context({"said": "<td>"}))
    assert drawn.startswith('<table class="cards" role="table"><thead role="rowgroup"><tr role="row">')
    assert '<th role="columnheader" scope="col">' in drawn and '<th role="rowheader" scope="row">' in drawn
    assert '<td role="cell" class="num">&lt;td&gt;</td>' in drawn


def test_no_template_draws_a_table_of_cards_by_hand():
    by_hand = [path for path in TEMPLATES.rglob("*.html") if re.search(r'<table[^>]*class="cards', path.read_text())]
    assert by_hand == []
