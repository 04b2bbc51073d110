"""A try is one attempt that may be made now, with all that is needed to make it and to tell how it ended."""

from typing import Literal

from app.domain import retries
from app.domain.errors import ProviderError, Unsupported
from app.domain.message import Delta, ModelRequest
from app.providers.base import Provider
from app.providers.lines import Line
from app.services.balancer import Balancer, Seat
from app.services.routes import Leg
from app.services.watch import Watch

Outcome = Literal["ok", "failed", "neutral"]


class Try:
    """One attempt that may be made now: ask `provider` for `request` over `line`, and tell `watch` how it ended."""

    def __init__(
        self, leg: Leg, seat: Seat, *, balancer: Balancer, provider: Provider, line: Line, watch: Watch
    ) -> None:
        self.leg = leg
        self.seat = seat
        self._balancer = balancer
        self.provider = provider
        self.line = line
        self.watch = watch
        self.error: ProviderError | None = None
        self.refused: Unsupported | None = None

    @property
    def request(self) -> ModelRequest:
        """What is sent."""
        return self.watch.sending.request

    @property
    def timeout_s(self) -> float:
        """Seconds that the attempt may take in all."""
        return self.line.timeout_s

    @property
    def outcome(self) -> Outcome:
        """What the attempt says about its target: well, failed, or nothing."""
        if self.error is not None and retries.blames_target(self.error):
            return "failed"
        return "ok" if self.watch.ok else "neutral"

    def heard(self, delta: Delta) -> None:
        """Take one more piece of a stream; the first word of a probe lets other calls pass at once."""
        self.watch.heard(delta)
        if self.seat.probe and self.watch.spoke:
            self.seat = self._balancer.well(self.seat)

    def failed(self, error: ProviderError) -> None:
        """The provider failed; the pursuit goes on."""
        self.watch.failed(error)
        self.error = error

    def unfit(self, error: Unsupported) -> None:
        """The provider cannot put this request into its words; nothing was sent."""
        self.refused = error
