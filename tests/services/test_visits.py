"""A visit is carried by a text that only its key can have begun."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.db.uow import Store
from app.domain.access import digest
from app.domain.errors import Forbidden, Unauthenticated
from app.services import keys, visits
from app.services.world import World
from tests.worlds import Clock, opened

ADMIN = "a-key-that-opens-every-page"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(store: Store, tmp_path: Path, clock: Clock) -> Iterator[World]:
    with opened(store, tmp_path, clock=clock, admin_key_digest=digest(ADMIN)) as made:
        yield made


def begin(world: World, secret: str = ADMIN) -> str:
    """The text of a new visit."""
    return visits.begin(world, secret, address="127.0.0.1")


def test_a_visit_is_known_again_with_one_token(world: World) -> None:
    carried = begin(world)

    one, again = visits.resume(world, carried), visits.resume(world, carried)

    assert one == again
    assert one.key.allows("admin")
    assert visits.resume(world, begin(world)).token != one.token


def test_another_process_knows_it_too(world: World) -> None:
    issued = keys.issue(world, "reader", ("read",))
    carried = begin(world, issued.secret)
    world.snapshots.refresh()

    assert visits.resume(replace(world), carried).key.id == issued.key.id


def test_with_another_admin_key_all_visits_end(world: World) -> None:
    carried = [begin(world), begin(world, keys.issue(world, "reader", ("read",)).secret)]
    other = replace(world, policy=replace(world.policy, admin_key_digest=digest("another-admin-key-of-the-operator")))

    for each in carried:
        with pytest.raises(Unauthenticated):
            visits.resume(other, each)


def test_a_changed_text_is_none_of_ours(world: World) -> None:
    carried = begin(world)

    for place in range(len(carried) - 2):
        changed = carried[:place] + ("A" if carried[place] != "A" else "B") + carried[place + 1 :]
        with pytest.raises(Unauthenticated):
            visits.resume(world, changed)


def test_a_clock_that_was_set_back_ends_what_it_has_not_begun(world: World, clock: Clock) -> None:
    carried = begin(world)

    clock.forward(hours=-1)

    with pytest.raises(Unauthenticated):
        visits.resume(world, carried)


def test_a_key_that_only_runs_begins_none(world: World) -> None:
    issued = keys.issue(world, "runner", ("run",))

    with pytest.raises(Forbidden):
        begin(world, issued.secret)
