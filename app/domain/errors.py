"""Every expected failure is one class here; doors translate them, nothing else invents one.

ModelMatchError
├── Invalid                     a rule is broken by one named field
│   ├── UnknownModel            no such slug in the catalogue
│   ├── UnknownTask             no model is assigned to the task
│   ├── NoModelFits             no model meets the limits of a request by auto
│   ├── Unsupported             the provider cannot do what the request asks
│   ├── PromptInvalid           the prompt does not parse or names an unknown variable
│   └── PromptRunaway           rendering used up its fuel
├── NotFound                    no row with that key
├── Conflict                    the request is right, the present state forbids it
│   ├── UseCaseInactive         the use case does not accept traffic
│   ├── NoFlowAvailable         no active flow carries weight
│   ├── StepNotConfigured       the session's flow has no such step
│   └── Unpriced                the model's price is unknown and the policy blocks it
├── Unauthenticated             no valid key
├── Forbidden                   the key lacks the scope
├── ModelNotAllowed             the key may not ask this model
├── BudgetExceeded              a budget does not have what the call may cost
├── LimitExceeded               the key, or the address, must wait
├── Overloaded                  this worker has no place free
├── StoreUnavailable            neither database nor spool can take the row
├── CallerLeft                  nobody waits for the answer any more
└── ProviderError               one attempt at one provider failed
    ├── ProviderUnconfigured    the provider has no key or address
    ├── ProviderRefused         the vendor rejects this request for good (4xx)
    │   ├── ContextTooLong      more tokens than the model's window
    │   └── ContentRefused      the vendor's content policy says no
    ├── ProviderRateLimited     429
    ├── ProviderUnavailable     connection faults, 5xx, overload
    │   └── ProviderResting     its breaker is open after failures
    ├── ProviderTimeout         no answer within the limit
    └── ProviderBadAnswer       malformed, cut or empty answer
"""

from collections.abc import Sequence
from datetime import datetime


class ModelMatchError(Exception):
    """Root of all expected failures; `code` is stable and public, `message` holds no secret and no prompt.

    `run_id` is that of the run which it ended, if any.
    """

    code = "error"
    run_id: str | None = None

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(ModelMatchError):
    """A rule is broken by the value of `field` (a JSON path such as `steps[0].prompt`)."""

    code = "invalid"

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class UnknownModel(Invalid):
    """No model of that slug stands in the catalogue."""

    code = "unknown-model"

    def __init__(self, slug: str, *, field: str = "model") -> None:
        super().__init__(f"no model {slug!r} in the catalogue", field=field)
        self.slug = slug


class NoModelFits(Invalid):
    """No model meets what the request needs and its limits; `removed` says of each model which limit stood in its way.

    Each is (model, limit, why).
    """

    code = "no-model-fits"

    def __init__(self, message: str, *, removed: Sequence[tuple[str, str, str]], field: str) -> None:
        super().__init__(message, field=field)
        self.removed = tuple(removed)


class ModelNotAllowed(ModelMatchError):
    """The key may ask certain models only, and none of those that were named."""

    code = "model-not-allowed"


class UnknownTask(Invalid):
    """The task has no model and there is no default."""

    code = "unknown-task"


class Unsupported(Invalid):
    """The provider or model cannot do what `field` asks, and it is not dropped in silence."""

    code = "unsupported"


class PromptInvalid(Invalid):
    """The prompt does not parse, or names a variable that the inputs do not hold."""

    code = "prompt-invalid"


class PromptRunaway(Invalid):
    """Rendering the prompt used up its fuel, or the text grew over its limit."""

    code = "prompt-runaway"


class NotFound(ModelMatchError):
    """There is no `noun` with this key; `field` names where the request asked for it, if not in its path.

    `instead` says what there is.
    """

    code = "not-found"

    def __init__(self, noun: str, key: str, *, field: str | None = None, instead: str = "") -> None:
        super().__init__(f"{noun} {key!r} does not exist" + (f"; {instead}" if instead else ""))
        self.noun = noun
        self.key = key
        self.field = field


class Conflict(ModelMatchError):
    """The request is well-formed, the present state forbids it; `code` says which rule."""

    code = "conflict"

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code or type(self).code
        self.field = field


class UseCaseInactive(Conflict):
    """The use case does not accept traffic."""

    code = "use-case-inactive"


class NoFlowAvailable(Conflict):
    """No active flow of the use case carries weight."""

    code = "no-flow-available"


class StepNotConfigured(Conflict):
    """The flow that serves this session has no such step."""

    code = "step-not-configured"


class Unpriced(Conflict):
    """The model's price is unknown and the policy for unknown prices is `block`."""

    code = "unpriced"


class Unauthenticated(ModelMatchError):
    """No key, or a key that is unknown, revoked or expired."""

    code = "unauthenticated"


class Forbidden(ModelMatchError):
    """The key is valid and lacks the scope."""

    code = "forbidden"


class LimitExceeded(ModelMatchError):
    """A limit is reached: `limit` names it, `cap` is its size per `window_s` (None: at once)."""

    code = "rate-limited"

    def __init__(self, message: str, *, limit: str, cap: int, window_s: int | None, retry_after_s: int) -> None:
        super().__init__(message)
        self.limit = limit
        self.cap = cap
        self.window_s = window_s
        self.retry_after_s = retry_after_s


class Overloaded(ModelMatchError):
    """This worker gives as many answers at once as it may, and enough wait already."""

    code = "overloaded"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class BudgetExceeded(ModelMatchError):
    """A budget that blocks does not have what the call may cost at most.

    `limit`, `settled` and `reserved` are of the period, in nano-dollars (`unit` usd) or tokens; `who` is whose part of
    the budget it is, empty for all. `resets_at`: when the next period begins, None = never.
    """

    code = "budget-exceeded"

    def __init__(
        self,
        message: str,
        *,
        budget: str,
        scope: str,
        who: str,
        period: str,
        unit: str,
        limit: int,
        settled: int,
        reserved: int,
        resets_at: datetime | None,
        retry_after_s: float | None,
    ) -> None:
        super().__init__(message)
        self.budget = budget
        self.scope = scope
        self.who = who
        self.period = period
        self.unit = unit
        self.limit = limit
        self.settled = settled
        self.reserved = reserved
        self.resets_at = resets_at
        self.retry_after_s = retry_after_s


class StoreUnavailable(ModelMatchError):
    """Neither the database nor the spool can take what must not be lost."""

    code = "store-unavailable"


class CallerLeft(ModelMatchError):
    """Whoever asked has left before the answer was whole; no fault of the provider."""

    code = "caller-left"


class ProviderError(ModelMatchError):
    """One attempt at one provider failed.

    `permanent`: the same request will fail again. `retry_after_s`: seconds the vendor asks to wait, if it said so.
    `status`: the vendor's HTTP status, if there was one. The vendor's own text is kept out: it may quote the prompt.
    """

    code = "provider-error"
    permanent = False

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.provider = provider
        self.status = status
        self.retry_after_s = retry_after_s


class ProviderUnconfigured(ProviderError):
    """The provider has no key or no address on this server."""

    code = "provider-unconfigured"
    field = "model"
    permanent = True


class ProviderRefused(ProviderError):
    """The vendor rejects this request for good: bad key, bad parameter, unknown model."""

    code = "provider-refused"
    permanent = True


class ContextTooLong(ProviderRefused):
    """The messages and the answer do not fit into the model's context window."""

    code = "context-too-long"
    field = "messages"


class ContentRefused(ProviderRefused):
    """The vendor's content policy refuses the request or withheld the answer."""

    code = "content-refused"


class ProviderRateLimited(ProviderError):
    """The vendor answered 429."""

    code = "provider-rate-limited"


class ProviderUnavailable(ProviderError):
    """The vendor could not be reached, answered 5xx, or is overloaded."""

    code = "provider-unavailable"


class ProviderResting(ProviderUnavailable):
    """The model has failed too often; its breaker lets nothing through until it has rested. Nothing was sent."""

    code = "provider-resting"


class ProviderTimeout(ProviderError):
    """The vendor gave no answer within the time limit."""

    code = "provider-timeout"


class ProviderBadAnswer(ProviderError):
    """The answer is malformed, or ended without the vendor's own end mark (never passed on as a success)."""

    code = "provider-bad-answer"
