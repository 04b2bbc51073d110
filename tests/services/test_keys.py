"""A key opens its scopes from its issue to its end, and its secret is never stored."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.db.uow import Store
from app.domain.access import digest
from app.domain.errors import Conflict, Invalid, NotFound, Unauthenticated
from app.domain.limits import KeyLimits
from app.services import keys
from app.services.world import World
from tests.worlds import Clock, opened

HOUR = timedelta(hours=1)


def test_an_issued_key_opens_at_once_and_is_kept_as_a_digest(world: World) -> None:
    issued = keys.issue(world, "ci", ("run", "read", "run"))

    assert keys.authenticate(world, issued.secret) == issued.key
    assert issued.key.scopes == ("run", "read")
    assert issued.secret.startswith(issued.key.prefix)
    (listed,), _ = keys.page(world, cursor=None, limit=5)
    assert issued.secret not in repr(listed)
    assert keys.any_valid(world)


@pytest.mark.parametrize("secret", ["", "mm_unknown", "é"])
def test_a_stranger_is_not_let_in(world: World, secret: str) -> None:
    keys.issue(world, "ci", ("run",))

    with pytest.raises(Unauthenticated):
        keys.authenticate(world, secret)


def test_two_keys_share_nothing(world: World) -> None:
    one, two = keys.issue(world, "x", ("run",)), keys.issue(world, "x", ("run",))

    assert one.secret != two.secret
    assert len(one.secret) >= 43


@pytest.mark.parametrize("scopes", [(), ("root",), ("run", "root")])
def test_unknown_scopes_and_none_are_refused(world: World, scopes: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        keys.issue(world, "x", scopes)

    assert refused.value.field == "scopes"
    assert not keys.any_valid(world)


def test_a_key_ends_when_its_time_is_over(world: World, clock: Clock) -> None:
    issued = keys.issue(world, "x", ("run",), expires_at=clock() + HOUR)
    keys.authenticate(world, issued.secret)

    clock.forward(hours=1)

    with pytest.raises(Unauthenticated):
        keys.authenticate(world, issued.secret)
    assert not keys.any_valid(world)


def test_an_end_in_the_past_is_refused(world: World, clock: Clock) -> None:
    with pytest.raises(Invalid) as refused:
        keys.issue(world, "x", ("run",), expires_at=clock())

    assert refused.value.field == "expires_at"


def test_a_rotated_key_and_its_successor_overlap(world: World, clock: Clock) -> None:
    old = keys.issue(world, "ci", ("run",))

    new = keys.rotate(world, old.key.id, overlap=HOUR)

    assert (new.key.name, new.key.scopes) == ("ci", ("run",))
    assert keys.authenticate(world, old.secret).replaced_by == new.key.id
    assert keys.authenticate(world, new.secret) == new.key
    clock.forward(hours=1)
    with pytest.raises(Unauthenticated):
        keys.authenticate(world, old.secret)
    assert keys.authenticate(world, new.secret) == new.key


def test_a_rotation_does_not_prolong_the_old_key(world: World, clock: Clock) -> None:
    end = clock() + HOUR
    old = keys.issue(world, "ci", ("run",), expires_at=end)

    keys.rotate(world, old.key.id, overlap=24 * HOUR)

    assert keys.authenticate(world, old.secret).expires_at == end


def test_a_key_is_replaced_once_and_only_while_it_is_valid(world: World) -> None:
    old = keys.issue(world, "ci", ("run",))
    keys.rotate(world, old.key.id, overlap=HOUR)
    revoked = keys.issue(world, "x", ("run",))
    keys.revoke(world, revoked.key.id)

    for key_id in (old.key.id, revoked.key.id):
        with pytest.raises(Conflict) as refused:
            keys.rotate(world, key_id, overlap=HOUR)
        assert refused.value.code == "key-ended"


def test_a_revoked_key_opens_nothing_also_elsewhere(world: World, store: Store, tmp_path: Path) -> None:
    issued = keys.issue(world, "x", ("admin",))
    with opened(store, tmp_path / "other") as other:
        keys.authenticate(other, issued.secret)

        keys.revoke(world, issued.key.id)
        other.snapshots.refresh()

        for at in (world, other):
            with pytest.raises(Unauthenticated):
                keys.authenticate(at, issued.secret)


def test_the_first_moment_of_revocation_stays(world: World, clock: Clock) -> None:
    issued = keys.issue(world, "x", ("admin",))
    keys.revoke(world, issued.key.id)
    clock.forward(hours=1)

    keys.revoke(world, issued.key.id)

    (key,), _ = keys.page(world, cursor=None, limit=5)
    assert key.revoked_at == clock() - HOUR


def test_unknown_keys_are_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        keys.revoke(world, world.new_id())
    with pytest.raises(NotFound):
        keys.rotate(world, world.new_id(), overlap=HOUR)


def test_the_environments_key_is_an_admin_that_nobody_can_revoke(world: World) -> None:
    world = replace(world, policy=replace(world.policy, admin_key_digest=digest("from the environment")))

    key = keys.authenticate(world, "from the environment")

    assert (key.id, key.allows("write"), keys.any_valid(world)) == ("environment", True, True)
    with pytest.raises(Unauthenticated):
        keys.authenticate(world, "something else")


def test_a_key_is_changed_without_touching_what_opens_doors(world: World) -> None:
    issued = keys.issue(world, "x", ("run",), owner="ada", limits=KeyLimits(concurrent=2))

    changed = keys.change(
        world, issued.key.id, lambda key: replace(key, name="y", team="blue", scopes=("admin",), digest="other")
    )

    assert (changed.name, changed.owner, changed.team, changed.limits) == ("y", "ada", "blue", KeyLimits(concurrent=2))
    assert keys.authenticate(world, issued.secret) == changed
    assert changed.scopes == ("run",)
    with pytest.raises(NotFound):
        keys.change(world, world.new_id(), lambda key: key)


def test_a_successor_has_owner_team_and_limits_of_the_old_key(world: World) -> None:
    old = keys.issue(world, "x", ("run",), owner="ada", team="blue", limits=KeyLimits(tokens_per_day=9))

    new = keys.rotate(world, old.key.id, overlap=HOUR).key

    assert (new.owner, new.team, new.limits) == ("ada", "blue", KeyLimits(tokens_per_day=9))
