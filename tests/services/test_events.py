"""An event is recorded in the unit of work of what it tells, under the name of who acts."""

import pytest

from app.db import events as rows
from app.domain.errors import Invalid
from app.domain.event import KINDS, TRAFFIC, matching
from app.services import acting, events
from app.services.world import World


def test_an_event_bears_the_name_of_who_acts(world: World) -> None:
    with world.store.write() as tx, acting.acting("console"):
        mine = events.record(tx, world, "use-case.created", about="a", text="Made.", data={"code": "greet"})
        other = events.record(tx, world, "use-case.deleted", about="a", text="Gone.", actor="beat")
    with world.store.write() as tx:
        nobody = events.record(tx, world, "budget.warned", about="b", text="80 %.")

    with world.store.read() as tx:
        assert rows.after(tx, "a", None, limit=5) == [mine, other]
    assert (mine.actor, other.actor, nobody.actor) == ("console", "beat", None)
    assert (mine.experiment_id, mine.number, mine.what) == (None, None, "created")


def test_an_event_of_an_unknown_kind_is_a_defect(world: World) -> None:
    with world.store.write() as tx, pytest.raises(ValueError, match=r"app/domain/event\.py"):
        events.record(tx, world, "use-case.forgotten", about="a", text="?")


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("run.failed", ["run.failed"]),
        ("run.*", ["run.succeeded", "run.failed", "run.cancelled"]),
        ("run.", ["run.succeeded", "run.failed", "run.cancelled"]),
        ("run", ["run.succeeded", "run.failed", "run.cancelled"]),
        ("escaped", ["experiment.escaped"]),
        ("*", list(KINDS)),
    ],
)
def test_a_pattern_means_kinds(pattern: str, meant: list[str]) -> None:
    assert list(matching([pattern])) == meant


@pytest.mark.parametrize("pattern", ["", "r", "run.*.x", "run.lost", "**", ".", "use"])
def test_a_pattern_that_means_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid) as refused:
        matching(["run.*", pattern])

    assert refused.value.field == "kind"


def test_kinds_are_named_once() -> None:
    assert len(set(KINDS)) == len(KINDS)
    assert KINDS[: len(TRAFFIC)] == TRAFFIC
