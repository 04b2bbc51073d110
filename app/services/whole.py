"""A whole answer with every call behind it, and who of them gave it."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.call import FLAGS, Call
from app.domain.message import ModelReply, Usage, total
from app.domain.route import Route


@dataclass(frozen=True, slots=True)
class Whole:
    """`calls` are all attempts of all steps in order, `routes` those of the steps whose model was picked."""

    reply: ModelReply
    calls: tuple[Call, ...]
    routes: tuple[Route, ...] = ()

    @property
    def usage(self) -> Usage:
        """Tokens over all attempts."""
        return total(call.usage for call in self.calls)

    @property
    def flags(self) -> tuple[str, ...]:
        """What hooks have said of the calls, as `hook:word`, each once."""
        told = (str(call.tags[FLAGS]).split(",") for call in self.calls if FLAGS in call.tags)
        return tuple(dict.fromkeys(flag for several in told for flag in several))

    @property
    def route(self) -> Route | None:
        """The route of the last step, if its model was picked."""
        return last_route(self.calls, self.routes)

    @property
    def by(self) -> Call | None:
        """The call that gave the answer: of a route the one that it names, else the last; None where none did."""
        if not self.calls or not self.reply.model:
            return None
        route = self.route
        if route is None or route.model is None:
            return self.calls[-1]
        own = {tried.call_id for tried in route.tried if tried.model == route.model and not tried.failed}
        return next((call for call in reversed(self.calls) if call.id in own), self.calls[-1])

    @property
    def model(self) -> str:
        """The slug of the model that gave the answer; empty where none did."""
        by = self.by
        return "" if by is None else by.model

    @property
    def call_id(self) -> str | None:
        """The id of the call that gave the answer."""
        by = self.by
        return None if by is None else by.id


def last_route(calls: Sequence[Call], routes: Sequence[Route]) -> Route | None:
    """The route behind the last call, None where its step named its model, or its answer was kept for repeats."""
    if not routes or not calls or calls[-1].outcome == "cached":
        return None
    return next((route for route in reversed(routes) if route.step == calls[-1].step), None)
