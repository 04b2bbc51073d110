"""What is written on a box: who is asked, and what the step does beyond asking once."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from app.domain.flow import Choice, Step
from app.domain.money import to_usd

if TYPE_CHECKING:
    from app.domain.picture.picture import Box, Picture, Sight

WORDS: Final = {
    "waiting": "not begun",
    "running": "runs",
    "answered": "answered",
    "skipped": "skipped",
    "failed": "failed",
}


def models_of(choice: Choice) -> str:
    """Whom the step asks, in a few words."""
    if choice.models:
        more = len(choice.models) - 1
        return choice.models[0] + (f" + {more} more" if more else "")
    if choice.auto is not None:
        return f"auto/{choice.auto.strategy}"
    return f"task {choice.task}"


def marks_of(step: Step) -> tuple[str, ...]:
    """What the step does beyond asking once, a line each."""
    return tuple(_marks(step))


def _marks(step: Step) -> Iterator[str]:
    if step.each is not None:
        yield f"for each of {step.each.over}, at most {step.each.most}, {step.each.at_once} at once"
    if step.repeat is not None:
        until = "" if step.repeat.until is None else f" until {step.repeat.until}"
        yield f"at most {step.repeat.most} rounds{until}"
    if step.output_schema is not None:
        yield "answers by a JSON Schema"
    if step.retries:
        yield f"tried again {step.retries} times" if step.retries > 1 else "tried again once"
    if step.hooks:
        yield "hooks " + ", ".join(hook.name for hook in step.hooks)
    if step.on_error.action == "skip":
        yield "skipped if it fails"
    elif step.on_error.action == "value":
        yield "a set text if it fails"


def seen(sight: "Sight") -> tuple[str, ...]:
    """How the step stands, in words: its state, and in a second line what it took, if it took anything."""
    state = WORDS[sight.state] + ("" if sight.error is None else f": {sight.error}")
    figures = " · ".join(_figures(sight))
    return (state, figures) if figures else (state,)


def _figures(sight: "Sight") -> Iterator[str]:
    if sight.items is not None:
        yield f"{sight.items} items"
    if sight.rounds > 1:
        yield f"{sight.rounds} rounds"
    if sight.tries > 1:
        yield f"{sight.tries} tries"
    if sight.latency_ms is not None and sight.state not in ("waiting", "skipped"):
        yield _span(sight.latency_ms)
    if sight.cost is not None:
        yield f"${to_usd(sight.cost)}"


def described(picture: "Picture") -> str:
    """The whole picture in words, step by step, for those who do not see it."""
    befores: dict[str, list[str]] = {}
    for line in picture.lines:
        if line.goal is not None and line.source is not None:
            befores.setdefault(line.goal, []).append(line.source)
    return " ".join(_sentence(box, befores.get(box.code, [])) for box in picture.boxes)


def _sentence(box: "Box", befores: list[str]) -> str:
    if box.backs is not None:
        place = f"if {box.backs} fails"
    else:
        place = f"after {', '.join(befores)}" if befores else "at once"
    parts = [f"{place} asks {box.models}"]
    if box.when is not None:
        parts.append(f"only when {box.when}")
    parts.extend(box.marks)
    if box.sight is not None:
        parts.extend(seen(box.sight))
    return f"{box.code}: {', '.join(parts)}."


def _span(latency_ms: int) -> str:
    return f"{latency_ms} ms" if latency_ms < 1_000 else f"{latency_ms / 1_000:.1f} s"
