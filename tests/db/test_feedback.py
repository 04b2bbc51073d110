"""Evidence equals a recount from the rows, however opinions are repeated, replaced or reordered."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from app.db import evidence, feedback
from app.db.apply import apply
from app.db.facts import FeedbackGiven, Pin
from app.db.uow import Store
from app.domain.feedback import Feedback
from app.domain.session import Session
from app.services.ids import new_id
from tests.db import makers

REWARDS = st.none() | st.floats(0, 1)
OPINIONS = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from(["anna", "ben"]), st.sampled_from(["rating", "score"]), REWARDS),
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


def _apply(store: Store, submissions: list[list[Pin | FeedbackGiven]]) -> None:
    with store.write() as tx:
        apply(tx, submissions)


def _counted(store: Store, epoch_id: str) -> Counter[str]:
    total: Counter[str] = Counter()
    with store.read() as tx:
        for each in evidence.of_epoch(tx, epoch_id):
            total.update({"sessions": each.sessions, "n": each.n, "sum": each.sum, "sum_sq": each.sum_sq})
            total.update(dict(zip(evidence.CELLS, each.cells, strict=True)))
    return total


def _recount(store: Store, pinned: list[Session]) -> Counter[str]:
    total = Counter({"sessions": len(pinned)})
    with store.read() as tx:
        standing: list[Feedback] = [each for session in pinned for each in feedback.of_session(tx, session.id)]
    for opinion in standing:
        total.update(evidence.of_reward(opinion.reward))
    return +total
