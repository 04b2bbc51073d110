"""What differs between two versions of a flow, or two flows: step by step, field by field, and line by line."""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from app.domain.flow import Choice, RunLimits, Step
from app.domain.money import to_usd

TEXTS: Final = ("system", "prompt")
PARTS: Final = frozenset(("choice", "params", "auto", "escalation", "council", "on_error", "each", "repeat"))
LINES_ROUND: Final = 3


@dataclass(frozen=True, slots=True)
class Body:
    """What a version is made of, and what it is called in a diff."""

    name: str
    steps: tuple[Step, ...]
    limits: RunLimits


@dataclass(frozen=True, slots=True)
class FieldChange:
    """`field` by its dotted name, such as `params.max_tokens`, money in USD; `text` is a unified diff of a prompt."""

    field: str
    before: object
    after: object
    text: str | None = None


@dataclass(frozen=True, slots=True)
class StepChange:
    """A step that both have, and what differs in it."""

    step: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class FlowDiff:
    """`order` holds the codes before and after where the steps that both have stand in another order.

    `text` is one unified diff of everything, empty when nothing differs.
    """

    before: str
    after: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[StepChange, ...]
    limits: tuple[FieldChange, ...]
    order: tuple[tuple[str, ...], tuple[str, ...]] | None
    text: str

    @property
    def same(self) -> bool:
        """Whether both do the same."""
        return not (self.added or self.removed or self.changed or self.limits or self.order)


def diff(before: Body, after: Body) -> FlowDiff:
    """What it takes to come from one to the other; steps are known by their codes."""
    old, new = ({step.code: step for step in body.steps} for body in (before, after))
    both_before = tuple(code for code in old if code in new)
    both_after = tuple(code for code in new if code in old)
    found = ((code, tuple(_changes(old[code], new[code]))) for code in both_after)
    return FlowDiff(
        before=before.name,
        after=after.name,
        added=tuple(code for code in new if code not in old),
        removed=tuple(code for code in old if code not in new),
        changed=tuple(StepChange(code, fields) for code, fields in found if fields),
        limits=tuple(_changes(before.limits, after.limits)),
        order=None if both_before == both_after else (tuple(old), tuple(new)),
        text=_unified(lines(before), lines(after), before.name, after.name),
    )


def lines(body: Body) -> list[str]:
    """The version as people read it, one field a line and prompts line by line; what is as usual is left out."""
    told = [f"limits.{name}: {_json(value)}" for name, value in _flat(asdict(body.limits)).items() if value is not None]
    for step in body.steps:
        told += [f"step {step.code}", *_step_lines(step)]
    return told


def _step_lines(step: Step) -> Iterator[str]:
    usual = _flat(asdict(Step(step.code, "", Choice())))
    for name, value in _flat(asdict(step)).items():
        if name in usual and usual[name] == value:
            continue
        if name in TEXTS:
            yield f"  {name}:"
            yield from (f"    {line}" for line in str(value).split("\n"))
        else:
            yield f"  {name}: {_json(value)}"


def _changes(before: Step | RunLimits, after: Step | RunLimits) -> Iterator[FieldChange]:
    old, new = _flat(asdict(before)), _flat(asdict(after))
    for name in [*old, *(name for name in new if name not in old)]:
        was, now = old.get(name), new.get(name)
        if was != now:
            text = _unified(str(was).split("\n"), str(now).split("\n"), name, name) if name in TEXTS else None
            yield FieldChange(name, was, now, text)


def _flat(given: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """By dotted name, money in USD; lists, and JSON of the author's own such as a schema, stay whole."""
    found: dict[str, object] = {}
    for name, value in given.items():
        if isinstance(value, dict) and name in PARTS:
            found |= _flat(value, f"{prefix}{name}.")
        elif name == "max_cost":
            found[f"{prefix}max_cost_usd"] = to_usd(value) if isinstance(value, int) else None
        else:
            found[prefix + name] = list(value) if isinstance(value, tuple) else value
    return found


def _unified(before: Sequence[str], after: Sequence[str], old: str, new: str) -> str:
    found = difflib.unified_diff(before, after, old, new, n=LINES_ROUND, lineterm="")
    return "".join(f"{line}\n" for line in found)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
