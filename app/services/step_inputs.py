"""Which inputs the prompts of a step expect, so that whoever calls knows what to send."""

from functools import lru_cache
from typing import Final

from app.domain.flow import Step
from app.services import marks, prompts

GIVEN: Final = frozenset(("outputs", "parsed"))  # by the run, not by whoever asks
REMEMBERED: Final = 20_000  # characters of a prompt whose names are kept in memory


def placeholders(step: Step) -> tuple[str, ...]:
    """Names of the inputs that system and prompt name, as `{{ name }}` or `<<NAME>>`, sorted.

    What the flow gives by itself is not among them: outputs, an item with its number, a round with what came last.
    """
    known = len(step.system) + len(step.prompt) <= REMEMBERED
    found = _remembered(step.system, step.prompt) if known else _names(step.system, step.prompt)
    given = {*GIVEN, *(("item", "number") if step.each else ()), *(("round", "last") if step.repeat else ())}
    return tuple(name for name in found if name not in given)


def _names(system: str, prompt: str) -> tuple[str, ...]:
    found: set[str] = set()
    for field, source in (("system", system), ("prompt", prompt)):
        found.update(prompts.placeholders(source, field=field), marks.names(source))
    return tuple(sorted(found))


@lru_cache(maxsize=1_000)
def _remembered(system: str, prompt: str) -> tuple[str, ...]:
    return _names(system, prompt)
