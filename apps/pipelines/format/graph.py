"""How steps hang together: what each takes from which, in which order they can go, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apps.pipelines.format.document import Definition
from apps.pipelines.format.steps import TABLE, Common, Step

Path = tuple[str | int, ...]
Fault = tuple[Path, str]


@dataclass(frozen=True)
class Input:
    """One thing that a step takes: from another step's output, or a version of a dataset by name."""

    field: str  # "data", "inputs.rows"
    step: str = ""
    output: str = ""
    dataset_version: str = ""


def inputs_of(definition: Definition, step: Common) -> list[Input]:
    """What `step` takes. Of a definition that has no faults."""
    return [_input(definition, ".".join(str(part) for part in path), place) for path, place, _ in step.wanted()]


def _input(definition: Definition, field: str, place: str) -> Input:
    if place.startswith("DS-"):
        return Input(field, dataset_version=place)
    name, _, output = place.partition(".")
    return Input(field, name, output or next(iter(definition.step(name).outputs())))


def needs_of(definition: Definition, step: Common) -> set[str]:
    """The names of the steps that have to be done before `step`."""
    return {*step.needs, *(taken.step for taken in inputs_of(definition, step) if taken.step)}


def layers(definition: Definition) -> list[list[str]]:
    """Names of steps, those that can go at once together, each after all it needs."""
    waiting = {step.name: needs_of(definition, step) for step in definition.steps}
    found: list[list[str]] = []
    while waiting:
        free = [name for name, needs in waiting.items() if not needs & waiting.keys()]
        if not free:
            raise ValueError("The steps wait for each other.")
        found.append(free)
        for name in free:
            del waiting[name]
    return found


def faults(definition: Definition) -> Iterator[Fault]:
    """What is wrong with the steps as a whole, and where it is said."""
    known = {}
    for place, step in enumerate(definition.steps):
        if step.name in known:
            yield ("steps", place, "name"), f"Two steps are called “{step.name}”."
        known[step.name] = step
    found = list(_strangers(definition, known))
    yield from found
    yield from _parameters(definition)
    if not found:
        yield from _circle(definition)


def _strangers(definition: Definition, known: dict[str, Step]) -> Iterator[Fault]:
    for number, step in enumerate(definition.steps):
        for place, name in enumerate(step.needs):
            if name not in known:
                yield ("steps", number, "needs", place), f"There is no step “{name}”.{_guess(name, known)}"
        for path, place_, kinds in step.wanted():
            sentence = _misplaced(place_, kinds, known)
            if sentence:
                yield ("steps", number, *path), sentence


def _misplaced(place: str, kinds: tuple[str, ...], known: dict[str, Step]) -> str:
    """Why `place` can't be taken as one of `kinds`; "" where it can."""
    if place.startswith("DS-"):
        return "" if TABLE in kinds else f"A table won't do here; what will: {_any(kinds)}."
    name, _, output = place.partition(".")
    if name not in known:
        return f"There is no step “{name}”.{_guess(name, known)}"
    given = known[name].outputs()
    if not given:
        return f"The step “{name}” gives nothing that could be taken."
    if not output and len(given) > 1:
        return f"“{name}” gives {', '.join(given)}: say which, such as {name}.{next(iter(given))}."
    output = output or next(iter(given))
    if output not in given:
        return f"“{name}” gives no “{output}”; it gives {', '.join(given)}."
    if given[output] not in kinds:
        return f"“{place}” is a {given[output]}; what will do here: {_any(kinds)}."
    return ""


def _parameters(definition: Definition) -> Iterator[Fault]:
    for number, step in enumerate(definition.steps):
        for path, name in step.parameters():
            if name not in definition.parameters:
                yield ("steps", number, *path), f"The pipeline has no parameter “{name}”. Add it under parameters."


def _circle(definition: Definition) -> Iterator[Fault]:
    """The steps that wait for each other, told at the first of them."""
    needs = {step.name: needs_of(definition, step) for step in definition.steps}
    place = {step.name: number for number, step in enumerate(definition.steps)}
    for start in needs:
        path = _way_back(start, needs)
        if path:
            said = " needs ".join(f"“{name}”" for name in path)
            yield ("steps", place[start], "needs"), f"These steps wait for each other: {said}."
            return


def _way_back(start: str, needs: dict[str, set[str]]) -> list[str]:
    """A way from `start` along what it needs back to itself; empty where there is none."""
    came: dict[str, str] = {}
    waiting = [start]
    while waiting:
        name = waiting.pop()
        for needed in sorted(needs[name]):
            if needed == start:
                way = [name]
                while way[-1] != start:
                    way.append(came[way[-1]])
                return [*reversed(way), start]
            if needed not in came:
                came[needed] = name
                waiting.append(needed)
    return []


def _guess(name: str, known: dict[str, Step]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f" Did you mean “{near[0]}”?" if near else ""


def _any(kinds: tuple[str, ...]) -> str:
    return ", ".join(f"a {kind}" for kind in kinds)
