"""What the parts need to know: which tone a status has, what a result is called, what an error page says."""

import difflib
import re
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

register = template.Library()

TONES = {
    "good": """approved active live open_for_use in_use passed verified fulfilled fit signed published healthy ok
        succeeded done closed""",
    "warn": """warned retrying approved_with_conditions near_limit suspended overdue due_soon fit_with_conditions
        expiring awaiting_verification partial degraded medium""",
    "bad": "broken rejected failed refused fail unfit revoked expired breached critical high blocked error missing",
    "accent": """in_approval submitted in_validation in_review pending running evaluating awaiting requested open
        planned queued waiting""",
}
STATUS_TONE = {status: tone for tone, statuses in TONES.items() for status in statuses.split()}

TONE_ICON = {"bad": "octagon-alert", "warn": "triangle-alert", "good": "circle-check", "info": "info"}
MESSAGE_TONE = {"error": "bad", "warning": "warn", "success": "good"}

RESULTS = {
    "pass": {"key": "pass", "icon": "check", "label": "Pass"},
    "near": {"key": "near", "icon": "triangle-alert", "label": "Near limit"},
    "fail": {"key": "fail", "icon": "x", "label": "Fail"},
    "inconclusive": {"key": "inconclusive", "icon": "circle-question-mark", "label": "Inconclusive"},
    "unavailable": {"key": "unavailable", "icon": "minus", "label": "Unavailable"},
}
RESULT_NAMES = {"near_limit": "near", "passed": "pass", "passed_near_limit": "near", "failed": "fail", "ok": "pass"}

ERRORS = {
    400: ("This request can't be read", "Go back and try again. If you wrote the address yourself, check it."),
    403: ("You may not do this", "Your roles don't include it, or the duties must stay apart."),
    404: (
        "There is nothing here",
        "It doesn't exist, or it belongs to a unit you have no access to. Try the search.",
    ),
    405: ("This can't be done here", "Go back to the page you came from and use its buttons."),
    409: ("It can't be done in its present state", "Look at where it stands now, and take the step that comes next."),
    410: ("This is no longer here", "What was recorded of it stays. Go back to the page you came from."),
    411: ("Nobody can say how long this is", "Send it with a browser, or let your program announce the length."),
    412: (
        "Somebody changed it meanwhile",
        "Nothing of yours was saved. Load the page again and look at what is new.",
    ),
    413: (
        "This is too large",
        "Nothing was stored. Send a smaller file, or ask the administrator to raise the limit.",
    ),
    422: ("The rules forbid it", "Nothing was changed. Mend what the sentence names and try again."),
    423: ("Locked for now", "Too many wrong tries. Wait for fifteen minutes, or ask the administrator."),
    429: ("Too many requests", "Wait a minute and try again."),
    500: (
        "Something broke on our side",
        "It has been logged. See whether your last step was kept, then try again or tell the administrator.",
    ),
    503: ("Not available at the moment", "Try again in a minute."),
}

PART = re.compile(r"<(thead|tbody|tr|th|td)(?=[\s>])([^>]*)")
ROLES = {"thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "th": "columnheader", "td": "cell"}


@register.simple_block_tag
def cards(content: Any) -> SafeString:
    """A table whose rows become cards on a phone. Boxes that are no longer a table's are read aloud as plain text by
    some browsers, so each part says what it is."""
    inside = PART.sub(_with_role, str(content))  # already escaped, as part of a template
    return mark_safe(f'<table class="cards" role="table">{inside}</table>')


def _with_role(part: re.Match[str]) -> str:
    name, attributes = part.groups()
    role = "rowheader" if name == "th" and 'scope="row"' in attributes else ROLES[name]
    return f'<{name} role="{role}"{attributes}'


def _key(value: Any) -> str:
    return re.sub(r"[^a-z0-9]+", "_", str(value or "").lower()).strip("_")


@register.filter
def status_tone(status: Any) -> str:
    """The tone of a status ("good", "warn", "bad", "accent"), or "plain"."""
    return STATUS_TONE.get(_key(status), "plain")


@register.filter
def worded(status: Any) -> str:
    """ "in_approval" -> "In approval"."""
    return capfirst(str(status or "").replace("_", " "))


@register.filter
def tone_icon(tone: Any) -> str:
    return TONE_ICON.get(tone, "info")


@register.filter
def message_tone(level: Any) -> str:
    """Django's level of a message as a tone."""
    return MESSAGE_TONE.get(level, "info")


@register.filter
def result_look(result: Any) -> dict[str, Any]:
    """Key, icon and label of a result; one we don't know is shown by its name, as inconclusive."""
    key = _key(result)
    known = RESULTS.get(RESULT_NAMES.get(key, key))
    return known or {**RESULTS["inconclusive"], "label": worded(key) or "Inconclusive"}


@register.filter
def printed_name(user: Any) -> str:
    """A person's name as it is printed beside signatures, or the log-in name."""
    for name in ("printed_name", "get_full_name"):
        value = getattr(user, name, "")
        value = value() if callable(value) else value
        if value:
            return str(value)
    return user.get_username() if hasattr(user, "get_username") else str(user or "")


@register.filter
def initials(name: Any) -> str:
    """ "Risa Osei" -> "RO"."""
    words = re.findall(r"\w+", str(name or ""))
    letters = words[0][:1] + words[-1][:1] if len(words) > 1 else "".join(words)[:2]
    return letters.upper()


@register.filter
def text_diff(before: Any, after: Any) -> list[tuple[str, str]]:
    """Lines of two texts as ("added" | "removed" | "same" | "place", line), three lines around a change."""
    lines = difflib.unified_diff(str(before or "").splitlines(), str(after or "").splitlines(), lineterm="", n=3)
    kinds = {"+": "added", "-": "removed", "@": "place"}
    return [(kinds.get(line[0], "same"), line if line[0] == "@" else line[1:]) for line in list(lines)[2:]]


@register.simple_tag
def error_page(status: Any) -> dict[str, Any]:
    """Number, title and advice for an HTTP status; 500's for one we have no words for."""
    code = int(status) if str(status or "").isdigit() else 500
    title, advice = ERRORS.get(code, ERRORS[500])
    return {"status": code, "title": title, "advice": advice}
