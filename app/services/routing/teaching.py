"""Outcomes teach the heads of their learner, each once and in the order of the learner's log."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.db import cursors, outcomes, router_heads
from app.db import learning as rows
from app.db.outcomes import Outcome
from app.db.router_heads import Head
from app.domain.errors import Invalid
from app.domain.routing.forecaster import Forecaster, Seen
from app.domain.routing.learned import REMEMBERED, Learned
from app.domain.routing.memory import FIRST_FIT, GROWTH
from app.domain.routing.packed_encoding import unpacked
from app.domain.routing.shipped import SHIPPED
from app.services.routing.known import POSITIONS
from app.services.world import World

PAGE: Final = 500
MOST: Final = 1_000  # outcomes taught in one beat, a page more at most
LENDS_FROM: Final = 50.0  # outcomes from which on a head is worth beginning from
CURSOR: Final = "heads:"

Taught = tuple[Outcome, Seen]


@dataclass(slots=True)
class _Head:
    """A head at work: what it has learned, and to how many outcomes its trees were last fitted."""

    learned: Learned
    position: float
    fitted: int = 0
    changed: bool = False


def teach(world: World) -> dict[str, int]:
    """Teach every learner what it has not been taught yet, who waits longest first; how many outcomes each.

    Calls that no router chose are none of those: they join the record, and no head learns from them.
    """
    with world.store.read() as tx:
        marks = outcomes.marks(tx)
        positions = {name.removeprefix(CURSOR): at for name, at in cursors.starting_with(tx, CURSOR).items()}
    waiting = sorted(
        (positions.get(learner, ""), learner) for learner, mark in marks.items() if mark > positions.get(learner, "")
    )
    taught: dict[str, int] = {}
    for position, learner in waiting:
        more: str | None = position
        while more is not None and sum(taught.values()) < MOST:
            count, more = _page(world, learner, more)
            taught[learner] = taught.get(learner, 0) + count
    return taught


def _page(world: World, learner: str, position: str) -> tuple[int, str | None]:
    """How many outcomes were taught, and where the next page begins; None when there is none, or it is another's.

    Heads and cursor are written together, if the cursor still stands where it stood: so a page counts once, whoever
    else is at it and wherever this process is killed. No transaction is open while heads learn.
    """
    with world.store.read() as tx:
        page = outcomes.after(tx, learner, position or None, limit=PAGE)
        heads = router_heads.of_learner(tx, learner)
        told = _encoded(page, rows.encodings_of(tx, _routes(page)))
    if not page:
        return 0, None
    several = _open(world, heads)
    unreadable = {head.model for head in heads} - several.keys()
    for model, own in _by_model(told).items():
        head = several.get(model) or _fresh(world, model, several)
        if head is None:
            continue
        for each, seen in own:
            head.learned.teach(each.call_id, seen, each.quality, each.weight)
        if head.learned.outdated or model in unreadable:
            head = _built(world, learner, model, page[-1].seq, several) or head
        _fit(world, learner, model, page[-1].seq, head)
        head.changed = True
        several[model] = head
    with world.store.write() as tx:
        if not cursors.move(tx, CURSOR + learner, page[-1].seq, expected=position or None):
            return 0, None
        for model, head in several.items():
            if head.changed:
                router_heads.put(tx, _stored(world, learner, model, head, page[-1].seq))
    return len(told), page[-1].seq if len(page) == PAGE else None


def _open(world: World, heads: Iterable[Head]) -> dict[str, _Head]:
    """By model; one that cannot be read any more, or whose model left the catalogue, is absent."""
    found = {}
    for head in heads:
        fresh = _fresh(world, head.model, {})
        if fresh is not None:
            try:
                found[head.model] = _Head(fresh.learned.load(head.state), fresh.position, head.fitted)
            except Invalid:
                continue  # of another version
    return found


def _fresh(world: World, model: str, others: Mapping[str, _Head]) -> _Head | None:
    """A head that was taught nothing; it begins where that of the nearest tier stands, if one has learned enough."""
    entry = world.catalogue.models.get(model)
    if entry is None:
        return None
    position = POSITIONS[entry.tier]
    made = Forecaster(SHIPPED, position, scored=world.routers.scored)
    lenders = [
        (abs(other.position - position), -other.learned.forecaster.outcomes, name)
        for name, other in others.items()
        if name != model and other.learned.forecaster.outcomes >= LENDS_FROM
    ]
    if lenders:
        made.begin_from(others[min(lenders)[2]].learned.forecaster.state())
    return _Head(Learned(made), position)


def _built(world: World, learner: str, model: str, until: str, others: Mapping[str, _Head]) -> _Head | None:
    """The head anew, from the last outcomes of the log up to that place, as they stand now."""
    head = _fresh(world, model, others)
    if head is None:
        return None
    for each, seen in _log(world, learner, model, until):
        head.learned.teach(each.call_id, seen, each.quality, each.weight)
    return head


def _fit(world: World, learner: str, model: str, until: str, head: _Head) -> None:
    """Fit its trees when it has grown enough since they were fitted."""
    weight = round(head.learned.forecaster.outcomes)
    if weight < max(FIRST_FIT, GROWTH * head.fitted):
        return
    log = [(seen.encoding.figures, each.quality, each.weight) for each, seen in _log(world, learner, model, until)]
    if len(log) >= FIRST_FIT:
        head.learned.forecaster.fit(log)
    head.fitted = weight


def _log(world: World, learner: str, model: str, until: str) -> list[Taught]:
    """The last outcomes of a model, in order, whose prompts are still kept."""
    with world.store.read() as tx:
        several = [each for each in outcomes.newest(tx, learner, model=model, limit=REMEMBERED) if each.seq <= until]
        return _encoded(several, rows.encodings_of(tx, _routes(several)))


def _encoded(several: Sequence[Outcome], known: Mapping[str, tuple[bytes, float | None]]) -> list[Taught]:
    """The outcomes whose prompt is known, with their prompts; calls that no router chose have none."""
    found = []
    for each in several:
        encoding, own = known.get(each.route_id or "", (b"", None))
        try:
            found.append((each, Seen(unpacked(encoding), own)))
        except Invalid:
            continue  # none, or one of another version
    return found


def _routes(several: Iterable[Outcome]) -> list[str]:
    return sorted({each.route_id for each in several if each.route_id is not None})


def _by_model(told: Iterable[Taught]) -> dict[str, list[Taught]]:
    found: defaultdict[str, list[Taught]] = defaultdict(list)
    for each in told:
        found[each[0].model].append(each)
    return found


def _stored(world: World, learner: str, model: str, head: _Head, seq: str) -> Head:
    forecaster = head.learned.forecaster
    return Head(learner, model, head.learned.state(), forecaster.outcomes, seq, head.fitted, world.now())
