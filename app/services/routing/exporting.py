"""What the router learns from, handed out line by line: prompts as figures and places of words, never as texts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.db import outcomes, routes
from app.db.outcomes import Outcome
from app.domain.errors import Invalid
from app.domain.route import Route
from app.domain.routing.packed_encoding import unpacked
from app.services.world import World

PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Line:
    """An outcome with its prompt: `figures` in the order of features.NAMES, `places` of hashed words.

    `own` is what the operator's scorer said; `chance` that with which this model was asked first, None for one that was
    asked only after another.
    """

    outcome: Outcome
    figures: tuple[float, ...]
    places: list[int]
    own: float | None
    chance: float | None


def lines(world: World, learner: str, *, since: datetime) -> Iterator[Line]:
    """The learner's outcomes since then whose prompt is still kept, in the order of its log, read bit by bit."""
    seq: str | None = None
    while True:
        with world.store.read() as tx:
            page = outcomes.after(tx, learner, seq, limit=PAGE)
            wanted = sorted({each.route_id for each in page if each.route_id is not None and each.at >= since})
            known = {route.id: route for route in routes.of_ids(tx, wanted)}
        if not page:
            return
        seq = page[-1].seq
        for each in page:
            line = None if each.at < since else _line(each, known.get(each.route_id or ""))
            if line is not None:
                yield line


def _line(outcome: Outcome, route: Route | None) -> Line | None:
    if route is None:
        return None
    try:
        encoding = unpacked(route.encoding)
    except Invalid:
        return None  # of another version of the figures
    chance = route.chance if outcome.model == route.picked else None
    return Line(outcome, encoding.figures, encoding.places.tolist(), route.own, chance)
