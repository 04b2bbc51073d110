"""What runs say of their flow adds up to what a recount of the facts gives, once, in any order."""

from collections import Counter
from dataclasses import asdict, replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.db import calls, evidence, experiments, flows, sessions
from app.db.apply import apply, replay
from app.db.facts import CallDone, Fact, FeedbackGiven, Pin, RunDone, Served
from app.db.uow import Store
from app.domain.experiment import Epoch
from app.domain.guards import COST_EDGES, cost_cell
from app.domain.session import Session
from app.services.ids import new_id
from tests.db import makers

LIMIT = 1_000
RUNS = st.lists(
    st.tuples(st.integers(0, 1), st.booleans(), st.booleans(), st.integers(0, 900), st.none() | st.integers(0, 3_000)),
    min_size=1,
    max_size=7,
)


def test_a_run_adds_what_it_cost_and_how_long_it_took_to_the_epoch_of_its_session(store: Store) -> None:
    session = _session(store)

    _apply(store, [[Pin(session), *_run(session, failed=True)], _run(session, slow=True, cost=None, latency_ms=900)])

    counted = _evidence(store, session)
    assert (counted.sessions, counted.runs, counted.failed, counted.slow) == (1, 2, 1, 1)
    assert (counted.cost, counted.latency_ms, sum(counted.costs)) == (12, 934, 0)
    assert _stored(store, session) == session  # nobody asked the session to keep sums


def test_a_run_handed_in_again_adds_nothing(store: Store) -> None:
    """wire.md C6, C8: what is replayed is counted once, also when it stands twice in one batch."""
    session = _session(store)
    facts = [Pin(session), *_run(session, summed=True, cost_limit=LIMIT, cost=600)]

    _apply(store, [facts, facts])
    once = _evidence(store, session), _stored(store, session)
    _apply(store, [facts])
    for _ in range(2):
        with store.write() as tx:
            replay(tx, [facts, facts])

    assert (_evidence(store, session), _stored(store, session)) == once
    assert (once[0].sessions, once[0].runs, once[0].cost, once[1].runs, once[1].cost) == (1, 1, 600, 1, 600)
    assert sum(once[0].costs) == 1


def test_what_is_said_of_a_run_that_was_not_handed_in_counts_for_nothing(store: Store) -> None:
    session = _session(store)

    _apply(store, [[Pin(session), makers.served(session, new_id(), summed=True)]])

    assert (_evidence(store, session).runs, _stored(store, session).runs) == (0, 0)


def test_a_session_stands_in_the_one_cell_of_all_it_has_cost(store: Store) -> None:
    session = _session(store)
    own = {"summed": True, "cost_limit": LIMIT}

    _apply(store, [[Pin(session), *_run(session, cost=100, **own)]])
    cheap = _evidence(store, session).costs
    _apply(store, [_run(session, cost=500, **own), _run(session, cost=None, **own), _run(session, cost=700, **own)])

    assert cheap == _only(cost_cell(100, LIMIT))
    assert _evidence(store, session).costs == _only(cost_cell(1_300, LIMIT))
    assert (_stored(store, session).runs, _stored(store, session).cost) == (4, 1_300)


def test_a_reported_call_of_a_session_that_is_gone_is_stored_and_counts_for_nothing(store: Store) -> None:
    session = _session(store)
    _apply(store, [[Pin(session)]])
    with store.write() as tx:
        flows.delete(tx, session.flow_id)
    call = makers.call(source="reported", session_id=session.id)

    _apply(store, [[CallDone(call), makers.served(session, call.id, summed=True, cost_limit=LIMIT)]])

    with store.read() as tx:
        assert calls.get(tx, call.id) == call
        assert evidence.of_epoch(tx, str(session.epoch_id)) == []


def test_late_runs_and_feedback_count_in_the_epoch_that_gave_the_session_its_flow(store: Store) -> None:
    """wire.md W14: what comes after a new epoch has begun is not credited to it."""
    owner, (flow,) = makers.seeded(store)
    first = makers.open_epoch(store, owner)
    session = makers.session(flow, epoch_id=first.id)
    _apply(store, [[Pin(session)]])
    later = makers.NOW + timedelta(minutes=5)
    second = _next(store, first, started_at=later)

    _apply(store, [[*_run(session), FeedbackGiven(makers.opinion(session, at=later))]])

    with store.read() as tx:
        assert evidence.of_epoch(tx, second.id) == []
    counted = _evidence(store, session)
    assert (counted.runs, counted.n, counted.rated) == (1, 1, 1)


def test_any_order_and_any_batches_of_facts_give_the_sums_of_a_recount(store: Store) -> None:
    """wire.md C6, C8: neither order nor repetition of what is consumed shows in what is stored."""
    owner, (flow,) = makers.seeded(store)
    newest = [makers.open_epoch(store, owner)]

    @settings(max_examples=25, deadline=None)
    @given(RUNS, st.data())
    def check(drawn: list[tuple[int, bool, bool, int, int | None]], data: st.DataObject) -> None:
        newest[0] = epoch = _next(store, newest[0])
        pinned = [makers.session(flow, epoch_id=epoch.id, correlation_id=new_id()) for _ in range(2)]
        done = [
            _run(pinned[at], failed=failed, slow=slow, latency_ms=ms, cost=cost, summed=True, cost_limit=LIMIT)
            for at, failed, slow, ms, cost in drawn
        ]
        opinions: list[list[Fact]] = [[FeedbackGiven(makers.opinion(session))] for session in pinned]
        order = data.draw(st.permutations([*done, *done[:2], *opinions]))
        cuts = sorted(data.draw(st.sets(st.integers(0, len(order)))))

        _apply(store, [[Pin(session) for session in pinned]])
        for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True):
            _apply(store, order[start:end])

        said = [fact for facts in done for fact in facts if isinstance(fact, Served)]
        assert _figures(store, pinned[0]) == _recount(said) + Counter(sessions=2, n=2, rated=2)
        assert [_sums(store, session) for session in pinned] == [_summed(said, session) for session in pinned]

    check()


def _session(store: Store) -> Session:
    owner, (flow,) = makers.seeded(store)
    return makers.session(flow, epoch_id=makers.open_epoch(store, owner).id)


def _next(store: Store, last: Epoch, **given_: object) -> Epoch:
    epoch = replace(last, id=new_id(), number=last.number + 1, **given_)  # type: ignore[arg-type]  # fields by name
    with store.write() as tx:
        experiments.add_epoch(tx, epoch)
    return epoch


def _run(session: Session, **said: object) -> list[Fact]:
    run = makers.run(session)
    return [RunDone(run), makers.served(session, run.id, **said)]


def _apply(store: Store, submissions: list[list[Fact]]) -> None:
    with store.write() as tx:
        apply(tx, submissions)


def _evidence(store: Store, session: Session) -> evidence.Evidence:
    with store.read() as tx:
        (counted,) = evidence.of_epoch(tx, str(session.epoch_id))
    return counted


def _stored(store: Store, session: Session) -> Session:
    with store.read() as tx:
        found = sessions.get_by_id(tx, session.id)
    assert found is not None
    return found


def _only(cell: int) -> tuple[int, ...]:
    return tuple(int(number == cell) for number in range(len(COST_EDGES)))


def _figures(store: Store, session: Session) -> Counter[str]:
    fields = asdict(_evidence(store, session))
    counted = ("sessions", "n", "rated", "runs", "failed", "slow", "cost", "latency_ms")
    cells = dict(zip(evidence.COSTS, fields["costs"], strict=True))
    return +Counter({**{name: fields[name] for name in counted}, **cells})


def _recount(said: list[Served]) -> Counter[str]:
    total: Counter[str] = Counter()
    for fact in said:
        total.update(runs=1, failed=int(fact.failed), slow=int(fact.slow))
        total.update(cost=fact.cost or 0, latency_ms=fact.latency_ms)
    for session_id in {fact.session_id for fact in said}:
        cost = sum(fact.cost or 0 for fact in said if fact.session_id == session_id)
        total[evidence.COSTS[cost_cell(cost, LIMIT)]] += 1
    return +total


def _sums(store: Store, session: Session) -> tuple[int, int, int]:
    found = _stored(store, session)
    return (found.runs, found.cost, found.latency_ms)


def _summed(said: list[Served], session: Session) -> tuple[int, int, int]:
    own = [fact for fact in said if fact.session_id == session.id]
    return (len(own), sum(fact.cost or 0 for fact in own), sum(fact.latency_ms for fact in own))
