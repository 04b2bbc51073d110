"""One question to a model for a comparison: asked through the gateway, waited for, and booked whatever it comes to."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from app.db.comparisons import count
from app.db.facts import CallDone, Fact
from app.domain.errors import BudgetExceeded, ModelMatchError, ProviderRateLimited, ProviderResting
from app.domain.flow import Choice
from app.domain.message import ModelReply, ModelRequest
from app.services import gateway
from app.services.attempts import Asker, Attempt, Attempts
from app.services.comparing.places import Places
from app.services.departure import Departure
from app.services.purses import REFUSED_FOR_S
from app.services.retry_budget import RetryBudgets
from app.services.world import World

LIMITED_S: Final = 120.0  # how long our own limit towards a provider is waited for
RESTING_S: Final = 10.0  # how long a provider that failed too often is waited for
STEP_S: Final = 1.0  # the least of such a wait
AGAIN_S: Final = 1.2 * REFUSED_FOR_S  # before that a budget repeats its refusal without looking
DEARER: Final = f"fallback after {BudgetExceeded.code}"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where all questions of one run of a comparison are asked from. `departure`: whoever runs it has to stop.

    `check` is called before anything is sent, and raises Conflict when nothing may be.
    """

    world: World
    departure: Departure = field(default_factory=Departure)
    places: Places = field(default_factory=Places)
    check: Callable[[], None] = lambda: None


def desk(world: World, departure: Departure, check: Callable[[], None]) -> Desk:
    """A desk with its own budget of retries, so that served requests keep theirs."""
    return Desk(replace(world, retry_budgets=RetryBudgets()), departure, check=check)


def ask(
    at: Desk,
    choice: Choice,
    request: ModelRequest,
    *,
    asker: Asker,
    made: list[Attempt],
    timeout_s: float | None = None,
) -> ModelReply | None:
    """The model's answer; None when a budget does not have what it may cost. Attempts that were sent join `made`.

    A provider that is at our own limit, or rests, says nothing of the candidate: it is waited for, and another question
    takes that place meanwhile. Raises as the desk's `check`, and as `gateway.call` otherwise.
    """
    waited, alone = 0.0, False
    while True:
        attempts = Attempts()
        try:
            with at.places.alone() if alone else at.places.beside_others():
                at.departure.pause(AGAIN_S if alone else 0.0)
                at.check()
                reply = gateway.call(
                    at.world, choice, request, asker=asker, attempts=attempts, deadline=_deadline(at, timeout_s)
                )
            cheaper = any(attempt.call.reason == DEARER for attempt in attempts.made)
            return None if cheaper else reply
        except BudgetExceeded:
            if alone or _sent(attempts):
                return None
            alone = True
        except (ProviderRateLimited, ProviderResting) as error:
            pause = _pause_s(error)
            if _sent(attempts) or waited + pause > _patience_s(error):
                raise
            waited += pause
            at.departure.pause(pause)
        finally:
            made.extend(_sent(attempts))


def book(world: World, made: list[Attempt]) -> None:
    """The calls are durable afterwards. Raises StoreUnavailable."""
    facts: list[Fact] = [CallDone(attempt.call, attempt.text, attempt.charges) for attempt in made]
    if facts:
        world.journal.write(facts, timeout_s=world.policy.journal_timeout_s)


def book_lost(world: World, comparison_id: str, made: list[Attempt]) -> None:
    """Calls that came to no answer and no verdict, such as those hung up, are durable, and counted in what is spent.

    Raises StoreUnavailable.
    """
    book(world, made)
    if made:
        costs = [attempt.call.cost for attempt in made]
        with world.store.write() as tx:
            count(tx, comparison_id, spent=sum(cost or 0 for cost in costs), unpriced=int(None in costs))


def cost_of(made: list[Attempt]) -> int | None:
    """Nano-dollars over all calls; None as soon as one of them is unknown."""
    costs = [attempt.call.cost for attempt in made]
    return None if None in costs else sum(cost for cost in costs if cost is not None)


def _sent(attempts: Attempts) -> list[Attempt]:
    """A call without an endpoint only says that a model could not be asked."""
    return [attempt for attempt in attempts.made if attempt.call.endpoint is not None]


def _deadline(at: Desk, timeout_s: float | None) -> float:
    longest = at.world.policy.run_timeout_s
    return time.monotonic() + (longest if timeout_s is None else min(timeout_s, longest))


def _pause_s(error: ModelMatchError) -> float:
    asked = error.retry_after_s if isinstance(error, ProviderRateLimited | ProviderResting) else None
    return max(STEP_S, asked or 0.0)


def _patience_s(error: ModelMatchError) -> float:
    """A provider's own 429 is its answer; our limit and a rest are not."""
    if isinstance(error, ProviderResting):
        return RESTING_S
    return LIMITED_S if isinstance(error, ProviderRateLimited) and error.status is None else 0.0
