"""A use case is a product goal: it owns flows, declares their steps, and is served only while active."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.domain.errors import Conflict, Invalid, NotFound

CODE: Final = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,253}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class StepSpec:
    """A step that every flow of the use case fills in."""

    code: str
    title: str = ""
    description: str = ""


ONLY_STEP: Final = StepSpec("answer", "Answer")  # of a use case that names none


@dataclass(frozen=True, slots=True)
class UseCase:
    """`steps` are in order of execution and their codes are unique; `salt` separates its hashing from all others."""

    id: str
    code: str
    title: str
    description: str
    rubric: str
    active: bool
    steps: tuple[StepSpec, ...]
    salt: str
    epoch_id: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def step_codes(self) -> tuple[str, ...]:
        """Codes of the steps in order."""
        return tuple(step.code for step in self.steps)

    def require_step(self, code: str) -> None:
        """Raises NotFound unless the use case declares the step."""
        if code not in self.step_codes:
            raise NotFound("step", code)


def check_code(code: str, *, field: str) -> str:
    """The code. Raises Invalid unless it is 1..255 of a-z, 0-9, `-`, `_`, with a letter or digit at both ends."""
    if not CODE.fullmatch(code):
        raise Invalid("a code holds a-z, 0-9, '-' and '_', and begins and ends with a letter or digit", field=field)
    return code


def check_steps(steps: tuple[StepSpec, ...]) -> tuple[StepSpec, ...]:
    """The steps. Raises Invalid when there is none or a code stands twice."""
    if not steps:
        raise Invalid("a use case declares at least one step", field="steps")
    seen: set[str] = set()
    for position, step in enumerate(steps):
        check_code(step.code, field=f"steps[{position}].code")
        if step.code in seen:
            raise Invalid(f"step {step.code!r} stands twice", field=f"steps[{position}].code")
        seen.add(step.code)
    return steps


def check_activation(*, active_flows: int) -> None:
    """Raises Conflict unless at least one flow is active."""
    if active_flows < 1:
        raise Conflict("a use case is activated only with an active flow", code="no-active-flow", field="active")


def check_code_change(use_case: UseCase, code: str) -> None:
    """Raises Conflict when the code of an active use case would change."""
    if use_case.active and code != use_case.code:
        raise Conflict("the code of an active use case cannot change", code="use-case-active", field="code")


def check_deletion(use_case: UseCase) -> None:
    """Raises Conflict while the use case is active."""
    if use_case.active:
        raise Conflict("an active use case cannot be deleted", code="use-case-active")
