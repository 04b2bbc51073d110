"""The order of a flow's steps as a graph: what waits for what, and that every step can be reached.

A fallback step stands outside of the order: it is asked in place of the step that names it, when that one failed.
"""

from collections.abc import Mapping, Sequence

from app.domain.errors import Invalid
from app.domain.flow import Step


def fallbacks(steps: Sequence[Step]) -> Mapping[str, str]:
    """By the code of each fallback step, the step that it stands in for."""
    return {step.on_error.step: step.code for step in steps if step.on_error.step is not None}


def befores(steps: Sequence[Step]) -> Mapping[str, tuple[str, ...]]:
    """By code, in the flow's order, the steps that must be settled before each; fallback steps are left out."""
    standing_in, last = fallbacks(steps), None
    found: dict[str, tuple[str, ...]] = {}
    for step in steps:
        if step.code in standing_in:
            continue
        found[step.code] = step.after if step.after is not None else () if last is None else (last,)
        last = step.code
    return found


def seen(steps: Sequence[Step]) -> Mapping[str, frozenset[str]]:
    """By code, all steps that are settled whenever this one begins; a fallback step sees what the step it backs sees.

    The order must have no cycle.
    """
    direct, found = befores(steps), dict[str, frozenset[str]]()
    for wave in waves(steps):
        for code in wave:
            found[code] = frozenset(direct[code]).union(*(found[before] for before in direct[code]))
    return {**found, **{fallback: found[backed] for fallback, backed in fallbacks(steps).items() if backed in found}}


def waves(steps: Sequence[Step], given: Sequence[str] = ()) -> tuple[tuple[str, ...], ...]:
    """The steps in groups: each group waits for earlier groups alone.

    Raises Invalid for an order with a cycle, naming its place among `given`, as `check_graph` does.
    """
    waiting, done = dict(befores(steps)), set[str]()
    found: list[tuple[str, ...]] = []
    while waiting:
        ready = tuple(code for code, needed in waiting.items() if done.issuperset(needed))
        if not ready:
            raise _refused_cycle(given or [step.code for step in steps], waiting)
        found.append(ready)
        done.update(ready)
        for code in ready:
            del waiting[code]
    return tuple(found)


def check_graph(steps: Sequence[Step], given: Sequence[str] = ()) -> None:
    """Raises Invalid, naming the field, for an order that cannot be walked or a fallback that could not stand in.

    That is: a step after an unknown one, after itself, after one twice or after a fallback step; steps that wait for
    each other; a fallback step that is unknown, not the flow's own, named twice or said to have a place in the order.
    `given`: the codes in the order in which people wrote them, which fields are named by.
    """
    known = {step.code: step for step in steps}
    places = {code: at for at, code in enumerate(given or known)}
    _check_fallbacks(steps, known, places)
    standing_in = fallbacks(steps)
    for step in steps:
        at = places[step.code]
        for place, code in enumerate(step.after or ()):
            field = f"steps[{at}].after[{place}]"
            if code == step.code:
                raise Invalid(f"step {code!r} cannot wait for itself", field=field)
            if code not in known:
                raise Invalid(f"the flow has no step {code!r}", field=field)
            if code in standing_in:
                named = standing_in[code]
                raise Invalid(f"{code!r} is the fallback of {named!r}: name {named!r} here", field=field)
            if code in (step.after or ())[:place]:
                raise Invalid(f"step {code!r} stands twice", field=field)
    waves(steps, given)


def _check_fallbacks(steps: Sequence[Step], known: Mapping[str, Step], places: Mapping[str, int]) -> None:
    named: dict[str, str] = {}
    for step in steps:
        code, field = step.on_error.step, f"steps[{places[step.code]}].on_error.step"
        if code is None:
            continue
        if code == step.code:
            raise Invalid(f"step {code!r} cannot be its own fallback", field=field)
        if code not in known:
            raise Invalid(f"the flow has no step {code!r}", field=field)
        if code in named:
            raise Invalid(f"{code!r} is the fallback of {named[code]!r} already", field=field)
        _check_fallback(known[code], at=places[code], field=field)
        named[code] = step.code


def _check_fallback(fallback: Step, *, at: int, field: str) -> None:
    code = fallback.code
    if not fallback.own:
        raise Invalid(f"{code!r} is a step of the use case: a fallback is the flow's own (`own: true`)", field=field)
    if fallback.on_error.step is not None:
        raise Invalid(f"{code!r} is a fallback and can have none itself", field=f"steps[{at}].on_error.step")
    if fallback.after is not None:
        raise Invalid(f"{code!r} is a fallback: it has no place in the order", field=f"steps[{at}].after")
    if fallback.when is not None:
        raise Invalid(f"{code!r} is a fallback: it has no condition of its own", field=f"steps[{at}].when")


def _refused_cycle(given: Sequence[str], waiting: Mapping[str, tuple[str, ...]]) -> Invalid:
    """Every waiting step waits for another, so that following them one meets a step again."""
    path = [next(iter(waiting))]
    while path[-1] not in path[:-1]:
        unsettled = [code for code in waiting[path[-1]] if code in waiting]
        if not unsettled:
            return Invalid(f"step {path[-1]!r} waits for a step that is not there", field="steps")
        path.append(unsettled[0])
    circle = path[path.index(path[-1]) :]
    at = next(at for at, code in enumerate(given) if code in circle)
    told = " after ".join(repr(code) for code in circle)
    return Invalid(f"these steps wait for each other: {told}", field=f"steps[{at}].after")
