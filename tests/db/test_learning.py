"""What the router learns from is read in order, in parts, and as far as it is known."""

import pytest

from app.db import calls, learning, routes, sessions
from app.db import feedback as opinions
from app.db.uow import Store
from app.domain.call import Call
from app.services.ids import new_id
from tests.db import makers, routed

LAST = "f" * 8 + "-ffff-ffff-ffff-" + "f" * 12
FIRST = LAST.replace("f", "0")


def seeded(store: Store) -> tuple[str, str]:
    """Ids of two sessions of one flow."""
    _, (flow,) = makers.seeded(store)
    both = [makers.session(flow, correlation_id=name) for name in ("a", "b")]
    with store.write() as tx:
        sessions.pin(tx, both)
    return both[0].id, both[1].id


def call(session_id: str, **given: object) -> Call:
    return makers.call(session_id=session_id, **given)


def test_routes_are_read_in_order_between_two_places(store: Store) -> None:
    made = [routed.route(run_id=new_id()) for _ in range(5)]
    with store.write() as tx:
        routes.add_new(tx, made)
    with store.read() as tx:
        every = learning.routes_after(tx, FIRST, until=LAST, limit=10)
        some = learning.routes_after(tx, made[0].id, until=made[3].id, limit=2)

    assert [each.id for each in every] == sorted(route.id for route in made)
    assert [each.id for each in some] == [made[1].id, made[2].id]
    assert (every[0].tried, every[0].run_id, every[0].level) == (made[0].tried, made[0].run_id, "easy")


def test_opinions_are_read_in_order_with_their_sessions(store: Store) -> None:
    one, other = seeded(store)
    with store.read() as tx:
        known = [sessions.get_by_id(tx, session_id) for session_id in (one, other)]
    said = [makers.opinion(session) for session in known if session is not None]
    with store.write() as tx:
        opinions.give(tx, said)
    with store.read() as tx:
        found = learning.opinions_after(tx, FIRST, until=LAST, limit=10)
        of_both = learning.opinions_of(tx, [one, other])

    assert found == [(said[0].id, one), (said[1].id, other)]
    assert sorted(each.id for each in of_both) == sorted(each.id for each in said)


def test_only_answers_that_were_served_or_reported_are_of_a_session(store: Store) -> None:
    one, other = seeded(store)
    good = [call(one), call(one, source="reported"), call(one, outcome="cached")]
    bad = [call(one, outcome="error"), call(one, source="judge"), call(one, source="shadow"), call(other)]
    with store.write() as tx:
        calls.add_new(tx, [*good, *bad])
    with store.read() as tx:
        found = learning.made_in(tx, [one])
        named = learning.made_by(tx, [each.id for each in (*good, *bad)])

    assert {each.answer.call_id for each in found} == {each.id for each in good}
    assert {each.answer.call_id for each in named} == {each.id for each in (*good, bad[-1])}
    assert {each.answer.level for each in found} == {""}


def test_an_answer_is_its_learners_and_of_its_run(store: Store) -> None:
    one, _ = seeded(store)
    run_id, use_case_id = new_id(), new_id()
    several = [call(one, run_id=run_id, use_case_id=use_case_id, step="s"), call(one, task="sums"), call(one)]
    with store.write() as tx:
        calls.add_new(tx, several)
    with store.read() as tx:
        found = {each.answer.call_id: each for each in learning.made_in(tx, [one])}
    made = [found[each.id] for each in several]

    assert [each.answer.learner for each in made] == [f"use-case:{use_case_id}", "task:sums", "direct"]
    assert [each.answer.of for each in made] == [run_id, several[1].id, several[2].id]
    assert [each.step for each in made] == ["s", "", ""]


def test_many_keys_are_asked_for_in_parts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "AT_ONCE", 2)
    one, _ = seeded(store)
    several = [call(one, outcome="error", error=f"e{number}") for number in range(5)]
    made = [routed.route(encoding=bytes([number])) for number in range(5)]
    with store.write() as tx:
        calls.add_new(tx, several)
        routes.add_new(tx, made)
    with store.read() as tx:
        errors = learning.errors_of(tx, [*(each.id for each in several), new_id()])
        encodings = learning.encodings_of(tx, [*(each.id for each in made), new_id()])

    assert errors == {each.id: each.error for each in several}
    assert encodings == {each.id: (each.encoding, 0.25) for each in made}


def test_of_sessions_with_very_many_routes_the_newest_are_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "MOST", 2)
    one, other = seeded(store)
    made = [routed.route(session_id=one, at=makers.NOW.replace(second=second)) for second in range(4)]
    with store.write() as tx:
        routes.add_new(tx, [*made, routed.route(session_id=other)])
    with store.read() as tx:
        found = learning.routes_of(tx, [one])

    assert {each.id for each in found} == {made[2].id, made[3].id}
    assert tuple(field for field in learning.WALKED if hasattr(found[0], field)) == learning.WALKED
