"""The verdict: what a gate policy makes of results. A pure function, so that anybody can repeat it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from apps.core.canonical import digest
from apps.policies.rules.gates import Gate, GatePolicy
from apps.policies.rules.selection import (
    Result,
    Shares,
    about,
    counted,
    described,
    matching,
    noise_floor,
    number,
    order,
)
from apps.policies.rules.shapes import ANY, INTERSECTIONS


class Outcome(StrEnum):
    """What a gate or a whole policy says, best first."""

    PASSED = "passed"
    PASSED_NEAR_LIMIT = "passed_near_limit"
    INCONCLUSIVE = "inconclusive"
    UNAVAILABLE = "unavailable"
    FAILED = "failed"

    @property
    def rank(self) -> int:
        """0 for the best; the whole is as good as its worst gate."""
        return list(Outcome).index(self)

    @property
    def passes(self) -> bool:
        return self in (Outcome.PASSED, Outcome.PASSED_NEAR_LIMIT)


@dataclass(frozen=True)
class GateOutcome:
    """One line of a verdict.

    value, low, high are in the measure's unit; margin is how far inside the limit the compared number lies (below
    zero outside). select says whose result it is. exception is the reference of the exception that covers the gate;
    the outcome stays what it was.
    """

    name: str
    measure: str
    select: Mapping[str, Any]
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    limit: Mapping[str, float]
    margin: float | None
    severity: str
    outcome: Outcome
    reason: str
    exception: str | None = None

    @property
    def decides(self) -> bool:
        return self.severity == "block" and not (self.exception and not self.outcome.passes)

    def as_dict(self) -> dict[str, Any]:
        """The API's shape; `exception` only where there is one."""
        shown = asdict(self) | {"outcome": str(self.outcome)}
        if self.exception is None:
            del shown["exception"]
        return shown


@dataclass(frozen=True)
class Verdict:
    """What the policy says of the results, gate by gate in the policy's order."""

    outcome: Outcome
    gates: tuple[GateOutcome, ...]

    @property
    def unmet(self) -> tuple[GateOutcome, ...]:
        """The blocking gates that don't pass and that no exception covers: what stands between here and approval."""
        return tuple(gate for gate in self.gates if gate.decides and not gate.outcome.passes)

    @property
    def excepted(self) -> tuple[GateOutcome, ...]:
        return tuple(gate for gate in self.gates if gate.exception and not gate.outcome.passes)

    def as_dict(self, policy: str = "") -> dict[str, Any]:
        """The API's shape, `policy` being the reference of the policy version that spoke."""
        return {"outcome": str(self.outcome), "policy": policy, "gates": [gate.as_dict() for gate in self.gates]}

    def digest(self, policy: str = "") -> str:
        """sha256 of the canonical JSON of `as_dict(policy)`."""
        return digest(self.as_dict(policy))


def judge(policy: GatePolicy, results: Sequence[Result], exceptions: Mapping[str, str] | None = None) -> Verdict:
    """What `policy` says of `results`.

    The whole is as good as its worst blocking gate, from failed over unavailable, inconclusive and passed near limit
    to passed. Gates that warn, and gates that an exception covers, are shown and don't decide.

    Args:
        results: in the API's shape (measure, value, low, high, n, attribute, group, class, slice, status, reason);
            their order doesn't matter.
        exceptions: reference of the recorded exception by gate name.
    """
    covered = exceptions or {}
    lines = [
        replace(line, exception=covered[gate.name]) if gate.name in covered and not line.outcome.passes else line
        for gate in policy.gates
        for line in _judge_gate(gate, results)
    ]
    worst = max((line.outcome for line in lines if line.decides), key=lambda o: o.rank, default=Outcome.PASSED)
    return Verdict(worst, tuple(lines))


def _judge_gate(gate: Gate, results: Sequence[Result]) -> list[GateOutcome]:
    found = matching(gate.measure, gate.select, results)
    if not found:
        return [_missing(gate)]
    shares = Shares.of(result for result in results if result["measure"] == gate.measure)
    aside = [r for r in found if _too_small(gate, r) and shares.negligible(r, gate.set_aside_below)]
    heard = [r for r in found if r not in aside]
    if not heard:
        return [_judge_result(gate, result) for result in found[:1]]
    lines = [(_judge_result(gate, result), result) for result in heard]
    if gate.aggregate == "each":
        return [line for line, _ in lines]
    worst, of = max(lines, key=lambda pair: (pair[0].outcome.rank, -_margin(pair[0]), order(pair[1])))
    return [replace(worst, reason=" ".join(filter(None, (_worst_of(heard, of), worst.reason, _set_aside(aside)))))]


def _margin(line: GateOutcome) -> float:
    return line.margin if line.margin is not None else float("-inf")


def _too_small(gate: Gate, result: Result) -> bool:
    n = result.get("n")
    return result.get("status") == "too_small" or (gate.min_n > 0 and (n is None or n < gate.min_n))


def _missing(gate: Gate) -> GateOutcome:
    outcome = Outcome.FAILED if gate.on_missing == "fail" else Outcome.UNAVAILABLE
    chosen = described(gate.select.as_dict())
    chosen = {ANY: "any single attribute", INTERSECTIONS: "intersections of attributes"}.get(chosen, chosen)
    whom = f" for {chosen}" if chosen else ""
    reason = f"There is no result of {gate.measure}{whom}. A gate never passes by absence."
    return _line(gate, {}, outcome, reason, None)


def _judge_result(gate: Gate, result: Result) -> GateOutcome:
    unusable = _unusable(gate, result)
    if unusable:
        return _line(gate, result, *unusable, None)
    compared = float(result[{"point": "value", "lower": "low", "upper": "high"}[gate.use]])
    margin = gate.limit.margin(compared)
    straddles, width = _interval_beside(gate, result)
    if straddles and gate.max_width is not None and width > gate.max_width:
        return _line(gate, result, Outcome.INCONCLUSIVE, _too_wide(gate, result), margin)
    floor = noise_floor(result) if gate.above_noise else None
    if margin < 0 and floor is not None and abs(compared) <= floor:
        reason = (
            f"{_said(gate, result, compared)} is no more than chance would give with so few rows, {number(floor)}."
        )
        return _line(gate, result, Outcome.INCONCLUSIVE, reason, margin)
    if margin < 0:
        return _line(gate, result, Outcome.FAILED, _failed(gate, result, compared), margin)
    if gate.near == "interval" and straddles:
        return _line(gate, result, Outcome.PASSED_NEAR_LIMIT, _reaches_over(gate, result, compared), margin)
    if isinstance(gate.near, float | int) and margin < gate.near:
        reason = f"{_said(gate, result, compared)} passes {_ends(gate)} by {number(margin)} only."
        return _line(gate, result, Outcome.PASSED_NEAR_LIMIT, reason, margin)
    return _line(gate, result, Outcome.PASSED, f"{_said(gate, result, compared)} passes {_ends(gate)}.", margin)


def _interval_beside(gate: Gate, result: Result) -> tuple[bool, float]:
    """Whether the interval contains the limit, and its width; (False, 0) where there is no interval."""
    low, high = result.get("low"), result.get("high")
    if low is None or high is None:
        return False, 0.0
    return gate.limit.straddled_by(low, high), high - low


def _unusable(gate: Gate, result: Result) -> tuple[Outcome, str] | None:
    """Why `result` can't be compared, in the order in which a reader would ask."""
    status, n = result.get("status", "ok"), result.get("n")
    if status in ("not_available", "error"):
        return Outcome.UNAVAILABLE, f"It couldn't be measured: {_told(result)}"
    if _too_small(gate, result):
        if n is not None and n >= gate.min_n > 0:  # its groups are too small, not the whole
            return Outcome.INCONCLUSIVE, f"It can't be judged by: {_told(result)}"
        rows = "an unknown number of rows" if n is None else f"only {n:,} rows"
        least = f"fewer than the {gate.min_n:,} this policy asks for" if gate.min_n else "too few to judge by"
        shown = "" if result.get("value") is None else f" ({number(result['value'])}{_interval(result)})"
        return Outcome.INCONCLUSIVE, f"It rests on {rows}, {least}{shown}."
    if result.get("value") is None:
        return Outcome.UNAVAILABLE, f"It has no value: {_told(result)}"
    end = {"lower": "low", "upper": "high"}.get(gate.use)
    if end and result.get(end) is None:
        return Outcome.UNAVAILABLE, f"It has no interval, so its {gate.use} bound can't be compared."
    return None


def _line(gate: Gate, result: Result, outcome: Outcome, reason: str, margin: float | None) -> GateOutcome:
    return GateOutcome(
        name=gate.name,
        measure=gate.measure,
        select=about(result) if result else gate.select.as_dict(),
        value=result.get("value"),
        low=result.get("low"),
        high=result.get("high"),
        n=result.get("n"),
        limit=gate.limit.as_dict(),
        margin=None if margin is None else round(margin, 12),
        severity=gate.severity,
        outcome=outcome,
        reason=reason,
    )


def _told(result: Result) -> str:
    return str(result.get("reason") or "no reason was given").rstrip(".") + "."


def _ends(gate: Gate) -> str:
    limit = gate.limit
    if limit.min is None:
        return f"the limit of at most {number(limit.max or 0.0)}"
    if limit.max is None:
        return f"the limit of at least {number(limit.min)}"
    return f"the limits {number(limit.min)} to {number(limit.max)}"


def _interval(result: Result) -> str:
    low, high = result.get("low"), result.get("high")
    return "" if low is None or high is None else f", interval {number(low)} to {number(high)}"


def _said(gate: Gate, result: Result, compared: float) -> str:
    what = {"point": "", "lower": "The lower bound ", "upper": "The upper bound "}[gate.use]
    n = counted(result.get("n"))
    return f"{what}{number(compared)}{f' ({n})' if n else ''}"


def _failed(gate: Gate, result: Result, compared: float) -> str:
    low, high = result.get("low"), result.get("high")
    whole = low is not None and high is not None and gate.limit.accepts_none(low, high)
    certain = f", and so does its whole interval {number(low)} to {number(high)}" if whole else ""  # type: ignore[arg-type]
    return f"{_said(gate, result, compared)} misses {_ends(gate)} by {number(-gate.limit.margin(compared))}{certain}."


def _reaches_over(gate: Gate, result: Result, compared: float) -> str:
    low, high = result["low"], result["high"]
    end, name = (low, "lower") if not gate.limit.accepts(low) else (high, "upper")
    return f"{_said(gate, result, compared)} passes {_ends(gate)}, while its {name} bound {number(end)} does not."


def _too_wide(gate: Gate, result: Result) -> str:
    low, high = result["low"], result["high"]
    return (
        f"{_said(gate, result, result['value'])} has an interval of {number(low)} to {number(high)}: it contains "
        f"{_ends(gate)} and is wider than the {number(gate.max_width or 0.0)} this policy accepts, so the data "
        f"don't settle it."
    )


def _worst_of(heard: Sequence[Result], worst: Result) -> str:
    whom = described(worst)
    if not whom:
        return ""
    return f"{whom}, the worst of {len(heard)}:" if len(heard) > 1 else f"{whom}:"


def _set_aside(aside: Sequence[Result]) -> str:
    if not aside:
        return ""
    names = "; ".join(f"{described(result)} ({counted(result.get('n')) or 'n unknown'})" for result in aside)
    return f"Set aside as too few to judge and a small share of all: {names}."
