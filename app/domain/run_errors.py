"""What can stop a run besides its models; the rest of the tree stands in `errors.py`.

Invalid
├── ExpressionInvalid       an expression of a step does not parse or cannot be evaluated
└── TooManyItems            a step goes over a list that is longer than it allows
Conflict
├── NothingAnswered         all steps of the run were skipped
└── RunCancelled            somebody cancelled the run meanwhile
ModelMatchError
├── RunBudgetExceeded       the run may not cost as much as its next call may take
├── OutputInvalid           an answer is not what the step's schema asks for
├── HookRefused             a hook lets the request, or its answer, go no further
└── HookFailed              a hook that must have its say gave none
"""

from app.domain.errors import Conflict, Invalid, ModelMatchError


class ExpressionInvalid(Invalid):
    """An expression of a step does not parse, or cannot be evaluated over the values of this run."""

    code = "expression-invalid"


class TooManyItems(Invalid):
    """The list that a step goes over holds more items than the step allows."""

    code = "too-many-items"


class NothingAnswered(Conflict):
    """No step of the run has an output: all were skipped."""

    code = "nothing-answered"


class RunCancelled(Conflict):
    """The run was cancelled before its answer was whole."""

    code = "run-cancelled"


class RunBudgetExceeded(ModelMatchError):
    """What is left of the run's own budget is less than its next call may take, or nobody knows what that costs."""

    code = "run-budget-exceeded"


class OutputInvalid(ModelMatchError):
    """An answer is not JSON of the step's schema, also after it was asked for once more."""

    code = "output-invalid"


class HookRefused(ModelMatchError):
    """A hook lets the request, or its answer, go no further; `why` is the hook's own word for it."""

    code = "blocked-by-hook"

    def __init__(self, message: str, *, hook: str, why: str) -> None:
        super().__init__(message)
        self.hook = hook
        self.why = why


class HookFailed(ModelMatchError):
    """A hook that must have its say raised, gave what it must not, or took too long."""

    code = "hook-failed"
