"""Square charts over shares: the ROC curve and the reliability (calibration) plot."""

from typing import Any

from django.utils.safestring import SafeString

from apps.core.charts.svg import Figure, Parts, Rows, Scale, chart, element, field, finite, line, nothing, short, text

SIDE, LEFT, RIGHT, TOP, BOTTOM = 400, 52, 12, 12, 48
ACROSS = Scale(0, 1, LEFT, SIDE - RIGHT)
UP = Scale(0, 1, SIDE - BOTTOM, TOP)
CSS = "chart chart-square"


def _frame(across: str, up: str) -> Parts:
    for tick in (0, 0.25, 0.5, 0.75, 1):
        yield line(ACROSS(tick), TOP, ACROSS(tick), SIDE - BOTTOM, "c-grid")
        yield line(LEFT, UP(tick), SIDE - RIGHT, UP(tick), "c-grid")
        yield text(ACROSS(tick), SIDE - BOTTOM + 18, short(tick), "c-tick", "middle")
        yield text(LEFT - 8, UP(tick) + 4, short(tick), "c-tick", "end")
    yield text((LEFT + SIDE - RIGHT) / 2, SIDE - 8, across, "c-note", "middle")
    yield element("text", "c-note", up, x=14, y=float((TOP + SIDE - BOTTOM) / 2), text_anchor="middle",
                  transform=f"rotate(-90 14 {(TOP + SIDE - BOTTOM) / 2:.0f})")  # fmt: skip
    yield line(ACROSS(0), UP(0), ACROSS(1), UP(1), "c-reference")


def _pairs(points: Rows, names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    pairs = [tuple(finite(field(point, i, name)) for i, name in enumerate(names)) for point in points or ()]
    return [pair for pair in pairs if pair[0] is not None and pair[1] is not None]


def roc(title: str, points: Rows, auc: Figure = None) -> SafeString:
    """The ROC curve.

    Args:
        points: (false positive rate, true positive rate) from (0, 0) to (1, 1), as tuples or dicts of fpr and tpr.
        auc: written into the corner and the text alternative.
    """
    known = _pairs(points, ("fpr", "tpr"))
    if not known:
        return nothing(title)
    path = " ".join(f"{ACROSS(a):.1f},{UP(b):.1f}" for a, b in known)
    parts = [
        *_frame("False positive rate", "True positive rate"),
        element("polyline", "c-line", points=path, fill="none"),
    ]
    area = finite(auc)
    if area is not None:
        parts.append(text(SIDE - RIGHT - 8, SIDE - BOTTOM - 10, f"AUC {area:.3f}", "c-value", "end"))
    said = f"{len(known)} points" + ("" if area is None else f", area under the curve {area:.3f}")
    return chart(title, said, SIDE, SIDE, parts, CSS)


def reliability(title: str, bins: Rows, slope: Figure = None) -> SafeString:
    """Observed share beside predicted probability; on the dashed line the model is calibrated.

    Args:
        bins: (predicted, observed, n, lower, upper) as tuples or dicts; lower and upper bound the observed share.
        slope: the calibration slope, written into the corner.
    """
    known = _pairs(bins, ("predicted", "observed", "n", "lower", "upper"))
    if not known:
        return nothing(title)
    parts = list(_frame("Predicted probability", "Observed share"))
    largest = max((row[2] or 1) for row in known)
    path = " ".join(f"{ACROSS(row[0]):.1f},{UP(row[1]):.1f}" for row in known)
    parts.append(element("polyline", "c-line", points=path, fill="none"))
    for predicted, observed, n, lower, upper in known:
        if lower is not None and upper is not None:
            parts.append(line(ACROSS(predicted), UP(lower), ACROSS(predicted), UP(upper), "c-whisker"))
        radius = 3 + 4 * ((n or 1) / largest) ** 0.5
        parts.append(element("circle", "c-dot", cx=ACROSS(predicted), cy=UP(observed), r=radius))
    if finite(slope) is not None:
        parts.append(text(SIDE - RIGHT - 8, SIDE - BOTTOM - 10, f"slope {finite(slope):.2f}", "c-value", "end"))
    said = "; ".join(f"predicted {row[0]:.2f}, observed {row[1]:.2f}" for row in known)
    return chart(title, said, SIDE, SIDE, parts, CSS)
