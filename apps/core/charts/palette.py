"""The charts' colours on paper: a PDF's SVG sees no stylesheet of the page, so it carries its own."""

import re

from django.utils.safestring import SafeString, mark_safe

PRINT = """
text{fill:#1b1d1f;font:13px Inter,sans-serif}
.c-tick,.c-note{fill:#5b5f63;font-size:12px}.c-caption{fill:#256b3a;font-size:12px}.c-value{font-weight:600}
.c-band{fill:#e3f1e6}.c-grid{stroke:#dddbd4}.c-axis{stroke:#8b8c86}.c-area{fill:#e2eeec}
.c-bar,.c-dot,.c-fill-1,.c-dot.c-1{fill:#1f4d4a}.c-fill-2,.c-dot.c-2{fill:#a8691a}.c-fill-3,.c-dot.c-3{fill:#4d6fa8}
.c-fill-4,.c-dot.c-4{fill:#8a4a78}.c-fill-5,.c-dot.c-5,.c-bar.is-muted{fill:#6d7278}
.c-whisker{stroke:#1b1d1f;stroke-width:1.4}.c-limit{stroke:#a3262a;stroke-dasharray:3 3}
.c-reference{stroke:#5b5f63;stroke-dasharray:6 4}
.c-line{fill:none;stroke:#1f4d4a;stroke-width:2}.c-line.c-2{stroke:#a8691a}.c-line.c-3{stroke:#4d6fa8}
.c-line.c-4{stroke:#8a4a78}.c-line.c-5{stroke:#6d7278}
.c-bar.is-bad,.c-dot.is-bad,.c-value.is-bad{fill:#a3262a}.c-bar.is-warn,.c-dot.is-warn,.c-value.is-warn{fill:#855600}
.spark-line{fill:none;stroke:#5b5f63;stroke-width:1.6}.spark-end{fill:#1b1d1f}
"""


def for_print(chart: SafeString) -> SafeString:
    """The chart (or the charts) with the print palette inside; only for documents, since the web's CSP forbids it.

    PDF/UA wants the text alternative as the SVG's title.
    """
    desk_only = re.sub(r'<div class="chart-phone">.*?</svg></div>', "", str(chart), flags=re.S)
    head, *rest = desk_only.split("<svg ")
    styled = [head]
    for piece in rest:
        opening, _, body = piece.partition(">")
        label = re.search(r'aria-label="([^"]*)"', opening)
        title = f"<title>{label[1]}</title>" if label else "<title>Course of the last values</title>"
        styled.append(f"<svg {opening}>{title}<style>{PRINT}</style>{body}")
    return mark_safe("".join(styled))
