"""A pursuit follows one route until a model answers: one state machine and one deadline over every attempt."""

import time
from collections.abc import Generator
from contextlib import ExitStack
from typing import Final, NoReturn

from app.domain import retries
from app.domain.errors import (
    BudgetExceeded,
    ModelMatchError,
    ProviderError,
    ProviderRateLimited,
    ProviderResting,
    ProviderTimeout,
    Unpriced,
    Unsupported,
)
from app.domain.message import ModelRequest
from app.domain.run_errors import RunBudgetExceeded
from app.providers.lines import Line
from app.services import sending
from app.services.attempts import Asker, Attempts
from app.services.balancer import Seat
from app.services.routes import Leg
from app.services.trying import Try
from app.services.watch import Watch
from app.services.world import World

# Why a leg is passed over without an attempt; another leg may still do.
UNFIT: Final = (Unsupported, Unpriced, BudgetExceeded, RunBudgetExceeded, ProviderError)


class Pursuit:
    """Legs in order; each is tried as often as error, retry budget, time and the caller allow.

    `deadline` is a `time.monotonic()` moment over all attempts.
    """

    def __init__(
        self,
        world: World,
        legs: tuple[Leg, ...],
        request: ModelRequest,
        *,
        asker: Asker,
        attempts: Attempts,
        deadline: float,
    ) -> None:
        self.first: Final = legs[0]
        self._world = world
        self._legs = list(legs)
        self._request = request
        self._asker = asker
        self._departure = asker.caller.departure
        self._attempts = attempts
        self._deadline = deadline
        self._failures = 0  # in a row, at the present leg
        self._used: set[str] = set()  # endpoints that failed at the present leg
        self._reason = asker.reason or legs[0].reason
        self._told: ModelMatchError | None = None  # of an attempt if there was one, else of the first leg passed over

    def tries(self) -> Generator[Try]:
        """The attempts, until one has ended well. Raises what the last one raised when no leg is left, CallerLeft."""
        while self._legs:
            self._departure.pause(0)
            leg = self._legs[0]
            attempt = self._begin(leg)
            if attempt is None:
                continue
            try:
                with self._departure.cuts(attempt.line.hang_up):
                    yield attempt
            finally:
                self._settle(attempt)
            if attempt.refused is not None:
                self._pass_over(leg, attempt.refused)
            elif attempt.error is not None:
                self._after(leg, attempt.error)
            else:
                return
        self._give_up()

    def _begin(self, leg: Leg) -> Try | None:
        """The next attempt at this leg, or None when it cannot be made: then the leg is left behind."""
        try:
            request = sending.prepare(self._world, leg.model, self._request)
            seat = self._seat(leg)
        except UNFIT as error:
            self._pass_over(leg, error)
            return None
        with ExitStack() as unless_made:
            unless_made.callback(self._world.balancer.done, seat, outcome="neutral")
            try:
                attempt = self._try(leg, seat, request)
            except UNFIT as error:
                self._pass_over(leg, error)
                return None
            unless_made.pop_all()
            return attempt

    def _try(self, leg: Leg, seat: Seat, request: ModelRequest) -> Try:
        world, policy = self._world, self._world.policy
        provider = world.providers.get(seat.endpoint)
        left = self._remaining(leg)
        sent = sending.reserve(
            world,
            leg,
            request,
            asker=self._asker,
            number=len(self._attempts.made) + 1,
            reason=self._reason,
            endpoint=seat.endpoint.name,
            patience_s=self._patience(left),
            deadline=self._deadline,
        )
        if self._failures == 0:
            world.retry_budgets.attempted(leg.model.provider)
        line = Line(
            timeout_s=min(left, policy.call_timeout_s),
            first_s=policy.first_token_timeout_s,
            idle_s=policy.idle_timeout_s,
        )
        watch = Watch(world, sent, self._asker, self._attempts)
        return Try(leg, seat, balancer=world.balancer, provider=provider, line=line, watch=watch)

    def _seat(self, leg: Leg) -> Seat:
        """A place at one of the provider's endpoints; a short rest is waited for when no other leg is left."""
        seat = self._world.balancer.take(leg.model, avoid=self._used)
        if seat is not None:
            return seat
        rests_s = sending.open_for_s(self._world, leg.model)
        if rests_s is not None:
            message = f"{leg.model.slug} rests after failures"
            raise ProviderResting(message, provider=leg.model.provider, retry_after_s=rests_s)
        ready = self._world.balancer.ready_in_s(leg.model) or 0.0
        if ready > self._patience(self._remaining(leg)):
            raise sending.limited(leg.model, ready)
        self._departure.pause(ready)
        seat = self._world.balancer.take(leg.model)
        if seat is None:
            raise sending.limited(leg.model, ready)
        return seat

    def _after(self, leg: Leg, error: ProviderError) -> None:
        """Decide what follows a failed attempt, and wait if it is another one at the same model."""
        self._told = error
        self._failures += 1
        if not self._again(leg, error):
            self._leave(leg, error)
            return
        pause = 0.0 if self._another_key(leg, error) else self._pause_s(error)
        if pause >= self._deadline - time.monotonic():
            self._leave(leg, error)
            return
        self._departure.pause(pause)
        self._reason = f"retry after {error.code}"

    def _again(self, leg: Leg, error: ProviderError) -> bool:
        policy = self._world.policy
        if self._another_key(leg, error):
            return True
        return (
            retries.turn(error, last=len(self._legs) == 1) == "again"
            and self._failures < policy.call_attempts
            and retries.worth_repeating(error, failures=self._failures)
            and (error.retry_after_s or 0.0) <= self._patience(policy.retry_wait_max_s)
            and sending.open_for_s(self._world, leg.model) is None
            and self._world.retry_budgets.take(leg.model.provider)
        )

    def _another_key(self, leg: Leg, error: ProviderError) -> bool:
        """Whether the key alone was refused or limited, and one that has not failed here is free."""
        own = isinstance(error, ProviderRateLimited) or retries.blames_key(error)
        untried = len(self._used) < len(self._world.endpoints[leg.model.provider])
        return own and untried and self._world.balancer.ready_in_s(leg.model) == 0.0

    def _pause_s(self, error: ProviderError) -> float:
        return retries.pause_s(
            self._attempts.last.id,
            failures=self._failures,
            base_s=self._world.policy.retry_base_s,
            asked_s=error.retry_after_s,
        )

    def _patience(self, limit_s: float) -> float:
        """Seconds that a provider is waited for: shorter while another model of the route may answer."""
        most_s = self._world.policy.retry_wait_max_s
        return min(limit_s, retries.patience_s(others=len(self._legs) > 1, most_s=most_s))

    def _pass_over(self, leg: Leg, error: ModelMatchError) -> None:
        """The leg cannot even be asked; where its provider is the reason, the log says so by a call of no time."""
        if isinstance(error, ProviderError):
            number = len(self._attempts.made) + 1
            unsent = sending.Sending(leg, self._request, number=number, reason=self._reason)
            Watch(self._world, unsent, self._asker, self._attempts).failed(error)
        if self._told is None:
            self._told = error
        self._leave(leg, error)

    def _leave(self, leg: Leg, error: ModelMatchError) -> None:
        """On to the next leg that may take what this one could not."""
        self._legs.pop(0)
        if isinstance(error, ProviderError):
            window = leg.model.context_window
            self._legs = [
                other
                for other in self._legs
                if retries.fits(error, failed_window=window, next_window=other.model.context_window)
            ]
        self._failures = 0
        self._used = set()
        self._reason = f"fallback after {error.code}"

    def _settle(self, attempt: Try) -> None:
        """Give the seat back, whatever happened."""
        if not attempt.watch.ended:
            attempt.watch.dropped()
        balancer, error = self._world.balancer, attempt.error
        if error is not None:
            self._used.add(attempt.seat.endpoint.name)
        if isinstance(error, ProviderRateLimited):
            balancer.cool(attempt.seat, error.retry_after_s or self._world.policy.retry_base_s)
        elif error is not None and retries.blames_key(error) and len(self._world.endpoints[error.provider]) > 1:
            balancer.cool(attempt.seat, retries.BAD_KEY_RESTS_S)
        asked_s = None if error is None else error.retry_after_s
        balancer.done(attempt.seat, outcome=attempt.outcome, retry_after_s=asked_s)

    def _remaining(self, leg: Leg) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise ProviderTimeout("the time limit was used up before this attempt", provider=leg.model.provider)
        return left

    def _give_up(self) -> NoReturn:
        if self._told is None:
            raise AssertionError("a route has at least one leg")
        raise self._told
