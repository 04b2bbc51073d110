"""How models are asked on the way to one answer: by whoever walks the route, with retries, budgets and breakers."""

from typing import Protocol

from app.domain.message import ModelReply, ModelRequest
from app.services.attempts import Asker, Attempts
from app.services.routes import Leg


class Ask(Protocol):
    """Asks the first of these legs that gives an answer; raises as `gateway.call`."""

    def __call__(
        self, legs: tuple[Leg, ...], request: ModelRequest, *, asker: Asker, attempts: Attempts, deadline: float
    ) -> ModelReply:
        """The whole answer."""
