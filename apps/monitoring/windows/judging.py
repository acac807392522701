"""What a plan's limits say of a window's results, as readings to show and signals to raise."""

from collections.abc import Sequence
from typing import Any

from apps.monitoring.windows.boundaries import Signal
from apps.policies.rules.monitoring import LEVELS, MonitoringLimits, Reading, watch
from apps.policies.rules.selection import label, matching

RAISING = ("yellow", "red")


def readings(limits: MonitoringLimits, results: Sequence[dict[str, Any]], n: int) -> list[Reading]:
    """One reading an indicator; none where the window has too few rows to be judged."""
    return watch(limits, results) if n >= limits.window.min_rows else []


def signals(
    limits: MonitoringLimits, results: Sequence[dict[str, Any]], found: Sequence[Reading], use: str
) -> list[Signal]:
    """What the readings that left their limits have to say."""
    return [_signal(limits, results, reading, use) for reading in found if reading.level in RAISING]


def worst(levels: Sequence[str]) -> str:
    """The worst level; "unknown" where nothing was judged."""
    return max(levels, key=LEVELS.index, default="unknown")  # type: ignore[arg-type]


def _signal(limits: MonitoringLimits, results: Sequence[dict[str, Any]], reading: Reading, use: str) -> Signal:
    beyond = _beyond(limits, results, reading.indicator)
    others = len(beyond) - 1
    more = f" {others} more {'is' if others == 1 else 'are'} beyond a limit." if others > 0 else ""
    whom = f" for “{use}”" if use else ""
    sentence = f"{reading.indicator}{whom}: {reading.reason}{more}"
    return Signal(
        reading.indicator, reading.level, _about(reading), sentence, {**reading.as_dict(), "beyond": beyond}
    )


def _about(reading: Reading) -> str:
    group = reading.select.get("group")
    return label(group) if group else str(reading.select.get("attribute") or "")


def _beyond(limits: MonitoringLimits, results: Sequence[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Every result of an indicator that is beyond a limit by itself, the reading's own among them."""
    indicator = next(each for each in limits.indicators if each.name == name)
    alone = limits.model_copy(update={"indicators": [indicator], "cases": []})
    found = []
    for result in matching(indicator.measure, indicator.select, results):
        (reading,) = watch(alone, [result])
        if reading.level in RAISING:
            about = _about(reading)
            found.append({"about": about, "level": reading.level, "value": reading.value, "n": reading.n})
    return found
