"""Before anything is asked, every input must fill the prompts that it will meet."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from app.domain.comparison.comparison import Input
from app.domain.errors import Invalid, PromptInvalid
from app.domain.flow import Step
from app.services import prompts
from app.services.asking import RESERVED, request_of
from app.services.comparing.asked import asked_of
from app.services.comparing.candidates import Found
from app.services.comparing.uploads import FIELD

TOLD: Final = 20
OF_EACH: Final = ("item", "number")
OF_ROUNDS: Final = ("round", "last")
ALWAYS: Final = re.compile(r"\{%|\|\s*default\b|\bis\b|\bif\b")  # what may leave a name out


def check(found: Sequence[Found], inputs: Sequence[Input], *, lines: Sequence[int] = ()) -> None:
    """Raises Invalid that names the first inputs, and how many there are, which do not fill a candidate's prompts.

    It is a PromptInvalid where a name is missing. `lines` of the file by input name inputs that came in one.
    The first step is rendered, unless it has a condition, a list or rounds. Later ones need answers that are not there
    yet: of those only the names are looked at, and not where the prompt decides by itself which names it needs.
    """
    seen: set[tuple[tuple[str, str], ...]] = set()
    for each in found:
        key = tuple((step.system, step.prompt) for step in each.steps)
        if key not in seen:
            seen.add(key)
            _check(each, inputs, lines)


def _check(found: Found, inputs: Sequence[Input], lines: Sequence[int]) -> None:
    faults = [(each.number, fault) for each in inputs if (fault := _fault(found, each)) is not None]
    if not faults:
        return
    first, fault = faults[0]
    numbers = ", ".join(str(lines[number] if lines else number) for number, _ in faults[:TOLD])
    more = f" and {len(faults) - TOLD} more" if len(faults) > TOLD else ""
    said = f"{found.candidate.name}: {fault.message} ({'lines' if lines else 'inputs'} {numbers}{more})"
    kind = PromptInvalid if isinstance(fault, PromptInvalid) else Invalid
    raise kind(said, field=FIELD if lines else f"inputs[{first}]")


def _fault(found: Found, given: Input) -> Invalid | None:
    asked = asked_of(given, found.steps)
    first, *later = found.steps
    if first.when is not None or first.each is not None or first.repeat is not None:
        later = [first, *later]
    else:
        try:
            request_of(first, asked, {}, last=not later)
        except Invalid as error:
            return error
    known = {*given.values, RESERVED, "parsed", *(("prompt",) if asked.messages else ())}
    missing = next((name for step in later for name in _needed(step) if name not in known), None)
    return None if missing is None else PromptInvalid(f"{missing!r} is not among the inputs", field="prompt")


def _needed(step: Step) -> Iterator[str]:
    """Names that the prompts need, less those that the step itself gives."""
    given = (*(OF_EACH if step.each is not None else ()), *(OF_ROUNDS if step.repeat is not None else ()))
    for source in (step.system, step.prompt):
        if source and not ALWAYS.search(source):
            yield from (name for name in prompts.placeholders(source, field="prompt") if name not in given)
