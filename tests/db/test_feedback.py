"""Evidence equals a recount from the rows, however opinions are repeated, replaced or reordered."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from app.db import evidence, feedback
from app.db.apply import apply
from app.db.facts import Fact, FeedbackGiven, Pin, RunDone, decode, encode
from app.db.uow import Store
from app.domain.feedback import Feedback
from app.domain.session import Session
from app.services.ids import new_id
from tests.db import makers

REWARDS = st.none() | st.floats(0, 1)
OPINIONS = st.lists(
    st.tuples(
        st.integers(0, 1), st.sampled_from(["anna", "ben"]), st.sampled_from(["rating", "score", "failure"]), REWARDS
    ),
    min_size=1,
    max_size=8,
)


def test_a_later_opinion_replaces_the_earlier_and_an_earlier_changes_nothing(store: Store) -> None:
    owner, (flow,) = makers.seeded(store)
    session = makers.session(flow, epoch_id=makers.open_epoch(store, owner).id)
    early, late = (makers.opinion(session, reward=reward) for reward in (1.0, 0.25))

    for facts in ([Pin(session), FeedbackGiven(early)], [FeedbackGiven(late)], [FeedbackGiven(early)]):
        with store.write() as tx:
            apply(tx, [facts])

    with store.read() as tx:
        (counted,) = evidence.of_epoch(tx, str(session.epoch_id))
        assert feedback.of_session(tx, session.id) == [late]
    assert (counted.n, counted.sum, counted.sum_sq, counted.cells) == (1, 250_000, 62_500, (0, 1, 0, 0, 0))


def test_a_run_is_a_target_of_its_own_and_what_was_spooled_without_one_is_the_sessions(store: Store) -> None:
    _, (flow,) = makers.seeded(store)
    session, runs = makers.session(flow), (new_id(), new_id())
    on_runs = [makers.opinion(session, run_id=run_id, reward=reward) for run_id in runs for reward in (0.0, 1.0)]
    ((old,),) = decode(encode([[FeedbackGiven(makers.opinion(session))]]).replace(b',"run_id":null', b""))

    _apply(store, [[Pin(session)], *([FeedbackGiven(opinion)] for opinion in on_runs), [old]])

    assert isinstance(old, FeedbackGiven)
    with store.read() as tx:
        assert feedback.of_session(tx, session.id) == [on_runs[1], on_runs[3], old.feedback]


def test_a_session_outside_any_epoch_leaves_no_evidence(store: Store) -> None:
    owner, (flow,) = makers.seeded(store)
    epoch = makers.open_epoch(store, owner)
    session = makers.session(flow)

    with store.write() as tx:
        apply(tx, [[Pin(session), FeedbackGiven(makers.opinion(session))]])

    with store.read() as tx:
        assert evidence.of_epoch(tx, epoch.id) == []


def test_any_order_and_repetition_of_opinions_gives_the_evidence_of_a_recount(store: Store) -> None:
    owner, (flow,) = makers.seeded(store)
    epoch = makers.open_epoch(store, owner)

    @settings(max_examples=25, deadline=None)
    @given(OPINIONS, st.data())
    def check(drawn: list[tuple[int, str, str, float | None]], data: st.DataObject) -> None:
        pinned = [makers.session(flow, epoch_id=epoch.id, correlation_id=new_id()) for _ in range(2)]
        given_ = [makers.opinion(pinned[at], rater=who, kind=kind, reward=reward) for at, who, kind, reward in drawn]
        order = data.draw(st.lists(st.sampled_from(given_), max_size=10)) + data.draw(st.permutations(given_))
        cuts = data.draw(st.sets(st.integers(0, len(order))))
        before = _counted(store, epoch.id)

        _apply(store, [[Pin(session) for session in pinned]])
        for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(order)], strict=True):
            _apply(store, [[FeedbackGiven(opinion)] for opinion in order[start:end]])

        assert _counted(store, epoch.id) - before == _recount(store, pinned)

    check()


def test_a_session_is_rated_while_an_opinion_of_a_person_counts(store: Store) -> None:
    owner, (flow,) = makers.seeded(store)
    session = makers.session(flow, epoch_id=makers.open_epoch(store, owner).id)
    first, second, failure, comment = (
        FeedbackGiven(makers.opinion(session, rater=rater, kind=kind, reward=reward))
        for rater, kind, reward in (
            ("anna", "rating", 1.0),
            ("ben", "rating", 0.0),
            ("", "failure", 0.0),
            ("c", "comment", None),
        )
    )
    no_more = [FeedbackGiven(makers.opinion(session, rater=rater, counted=None)) for rater in ("anna", "ben")]
    seen = []

    for facts in ([Pin(session), failure, comment], [first, second], [first], [no_more[0]], [no_more[1], failure]):
        _apply(store, [[fact] for fact in facts])
        seen.append(_counted(store, str(session.epoch_id))["rated"])

    assert seen == [0, 1, 1, 1, 0]


def test_opinions_that_arrive_at_once_stand_once_and_rate_their_session_once(store: Store) -> None:
    """wire.md C2: writers that hand in one opinion at the same time do not both add it."""
    owner, (flow,) = makers.seeded(store)
    pinned = [
        makers.session(flow, epoch_id=epoch.id, correlation_id=new_id())
        for epoch in [makers.open_epoch(store, owner)]
        for _ in range(4)
    ]
    _apply(store, [[Pin(session) for session in pinned]])
    repeated = [makers.opinion(session, rater=rater) for session in pinned for rater in ("anna", "ben")]

    def give(number: int) -> None:
        for opinion in repeated[number % 3 :] + repeated[: number % 3]:
            _apply(store, [[FeedbackGiven(opinion)]])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(give, range(6)))

    counted = _counted(store, str(pinned[0].epoch_id))
    assert (counted["n"], counted["rated"]) == (8, 4)


def test_the_thousandth_opinion_weighs_as_much_as_the_first(store: Store) -> None:
    """wire.md W6, W7: sums do not freeze, and what they say is exact to the last opinion."""
    owner, (flow,) = makers.seeded(store)
    session = makers.session(flow, epoch_id=makers.open_epoch(store, owner).id)
    rewards = [0.8] * 640 + [0.0] * 1_000 + [0.333333] * 3
    _apply(store, [[Pin(session)]])

    for start in range(0, len(rewards), 400):
        part = rewards[start : start + 400]
        opinions = [makers.opinion(session, rater=f"r{start + at}", reward=reward) for at, reward in enumerate(part)]
        _apply(store, [[FeedbackGiven(opinion)] for opinion in opinions])

    counted = _counted(store, str(session.epoch_id))
    assert (counted["n"], counted["sum"]) == (1_643, 640 * 800_000 + 3 * 333_333)


def test_a_batch_of_facts_takes_as_many_statements_as_one(store: Store) -> None:
    """wire.md C13: the statements of a batch do not grow with its facts."""
    owner, (flow,) = makers.seeded(store)
    epoch = makers.open_epoch(store, owner)

    def statements(count: int) -> int:
        pinned = [makers.session(flow, epoch_id=epoch.id, correlation_id=new_id()) for _ in range(count)]
        facts: list[list[Fact]] = []
        for session in pinned:
            run = makers.run(session)
            said = makers.served(session, run.id, summed=True, cost_limit=100)
            facts.append([Pin(session), RunDone(run), said, FeedbackGiven(makers.opinion(session))])
        seen: list[str] = []
        listen = lambda *arguments: seen.append(arguments[2])  # noqa: E731  # the listener is removed by its name
        event.listen(store.engine, "before_cursor_execute", listen)
        _apply(store, facts)
        event.remove(store.engine, "before_cursor_execute", listen)
        return len(seen)

    assert statements(60) == statements(1)


def _apply(store: Store, submissions: list[list[Fact]]) -> None:
    with store.write() as tx:
        apply(tx, submissions)


def _counted(store: Store, epoch_id: str) -> Counter[str]:
    total: Counter[str] = Counter()
    with store.read() as tx:
        for each in evidence.of_epoch(tx, epoch_id):
            total.update(
                {"rated": each.rated, "sessions": each.sessions, "n": each.n, "sum": each.sum, "sum_sq": each.sum_sq}
            )
            total.update(dict(zip(evidence.CELLS, each.cells, strict=True)))
    return total


def _recount(store: Store, pinned: list[Session]) -> Counter[str]:
    total = Counter({"sessions": len(pinned)})
    with store.read() as tx:
        standing: list[Feedback] = [each for session in pinned for each in feedback.of_session(tx, session.id)]
    people = [opinion for opinion in standing if opinion.counted is not None and opinion.kind != "failure"]
    total["rated"] = len({opinion.session_id for opinion in people})
    for opinion in standing:
        total.update(evidence.of_reward(opinion.reward))
    return +total
