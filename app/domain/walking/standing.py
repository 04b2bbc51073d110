"""What may start, and what is skipped, once other steps of a run are settled."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from app.domain.flow import Step
from app.domain.walking.graph import befores

StepState = Literal["waiting", "running", "answered", "skipped", "failed"]
SETTLED: Final[frozenset[StepState]] = frozenset({"answered", "skipped"})


def next_up(steps: Sequence[Step], standings: Mapping[str, StepState]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Codes of the steps that may start now, and of those that are skipped, both in the flow's order.

    A step starts when all steps that it waits for are settled and one of them answered, or it waits for none; it is
    skipped when all were skipped. A step that is not among `standings` is waiting. Nothing starts after a failed step
    but what does not wait for it. Fallback steps are never told: who failed asks them.
    """
    direct, stood = befores(steps), dict(standings)
    skipped: set[str] = set()
    for _ in direct:
        more = [code for code, needed in direct.items() if _is_waiting(code, stood) and _all_skipped(needed, stood)]
        if not more:
            break
        skipped.update(more)
        stood.update(dict.fromkeys(more, "skipped"))
    start = [code for code, needed in direct.items() if _is_waiting(code, stood) and _all_settled(needed, stood)]
    return tuple(start), tuple(code for code in direct if code in skipped)


def _is_waiting(code: str, stood: Mapping[str, StepState]) -> bool:
    return stood.get(code, "waiting") == "waiting"


def _all_settled(needed: Sequence[str], stood: Mapping[str, StepState]) -> bool:
    return all(stood.get(code) in SETTLED for code in needed)


def _all_skipped(needed: Sequence[str], stood: Mapping[str, StepState]) -> bool:
    return bool(needed) and all(stood.get(code) == "skipped" for code in needed)
