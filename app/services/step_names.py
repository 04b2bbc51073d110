"""A prompt or an expression sees the outputs of the steps that are settled before its own, and no others."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from app.domain.errors import Invalid, PromptInvalid
from app.domain.flow import Step
from app.domain.run_errors import ExpressionInvalid
from app.domain.walking.graph import seen
from app.services import expressions, prompts

METHODS: Final = frozenset({"get", "items", "keys", "values"})
CODE: Final = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
SILENT: Final = re.compile(r"\{%[-+]?\s*raw\s*[-+]?%\}.*?\{%[-+]?\s*endraw\s*[-+]?%\}|\{#.*?#\}", re.DOTALL)
BY_NAME: Final = re.compile(r"\b(outputs|parsed)\s*\[\s*(?:'([^']*)'|\"([^\"]*)\")\s*\]")


def check_names(steps: Sequence[Step], places: Mapping[str, int]) -> None:
    """Raises PromptInvalid or ExpressionInvalid for `outputs.x` or `parsed.x` that could not be there.

    That is: there is no step `x`, it is not settled before this one, or, with `parsed`, its answer is not JSON. Inputs
    are not known here. The order of the steps is checked already; `places` tell where people wrote each.
    """
    before = seen(steps)
    known = {step.code: step for step in steps}
    for step in steps:
        for field, found, refused in _sources(step):
            own = {step.code} if field == "repeat.until" else frozenset[str]()
            for root, code in sorted(found):
                reason = _missing(root, code, known, before[step.code] | own)
                if reason is not None:
                    raise refused(f"{root}.{code}: {reason}", field=f"steps[{places[step.code]}].{field}")


def _missing(root: str, code: str, known: Mapping[str, Step], before: frozenset[str]) -> str | None:
    if code not in known:
        dashed = next((name for name in known if name.startswith(f"{code}-")), None)
        hint = "" if dashed is None else f"; a code with a dash is written {root}[{dashed!r}]"
        return None if code in METHODS else f"the flow has no step {code!r}{hint}"
    if code not in before:
        return f"step {code!r} is not settled before this one"
    if root == "parsed" and known[code].output_schema is None and known[code].each is None:
        return f"step {code!r} answers text: JSON needs its output_schema"
    return None


def _sources(step: Step) -> Iterator[tuple[str, set[tuple[str, str]], type[Invalid]]]:
    for field, text in (("system", step.system), ("prompt", step.prompt)):
        spoken = SILENT.sub("", text)
        yield field, _found(prompts.looked_up(text), " ".join(CODE.findall(spoken))), PromptInvalid
    each, repeat = step.each, step.repeat
    for field, expression in (
        ("when", step.when),
        ("each.over", None if each is None else each.over),
        ("repeat.until", None if repeat is None else repeat.until),
    ):
        if expression is not None:
            yield field, _found(expressions.names(expression), expression), ExpressionInvalid


def _found(names: frozenset[str], source: str) -> set[tuple[str, str]]:
    """Pairs of `outputs` or `parsed` and a step, also where it is looked up as `outputs['my-step']`."""
    dotted = [name.split(".") for name in names]
    roots = {parts[0] for parts in dotted}
    found = {(parts[0], parts[1]) for parts in dotted if parts[0] in ("outputs", "parsed") and len(parts) > 1}
    return found | {(root, one or other) for root, one, other in BY_NAME.findall(source) if root in roots}
