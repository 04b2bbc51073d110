"""The store stops, hangs, fills up, turns read-only or is gone at the start: each cell of docs/reliability.md."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.db.tables import budget_periods, calls
from app.db.uow import Store
from app.domain.money import from_usd
from app.services import clock, runs
from app.services.world import World
from tests.faults.asking import TIGHT, Told
from tests.faults.losing import LIMIT, Course, prepared, run
from tests.faults.test_kill import every_call, every_opinion
from tests.stores import KINDS
from tests.worlds import opened

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

FAULTS = {
    "sqlite": ("slow", "full", "read-only", "stopped"),
    "postgresql": ("slow", "late", "read-only", "stopped", "kill"),
}
CELLS = [(fault, kind) for kind in KINDS for fault in FAULTS[kind]]
AWAY = [cell for cell in CELLS if cell[0] != "late"]
COLD = [cell for cell in CELLS if cell in (("read-only", "sqlite"), ("stopped", "sqlite"), ("kill", "postgresql"))]
READABLE = {("slow", "sqlite"), ("full", "sqlite"), ("read-only", "sqlite"), ("read-only", "postgresql")}


@pytest.fixture(scope="module")
def courses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Course]]:
    """Every fault on each kind of store, the kinds side by side, as most of the time is waiting."""
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        begun = {kind: stack.enter_context(prepared(kind, tmp_path_factory.mktemp(kind))) for kind in KINDS}
        list(pool.map(run, begun.values()))
        yield begun


@contextmanager
def stored(course: Course) -> Iterator[World]:
    """The store after all faults, with an empty spool."""
    store = Store(course.url)
    with opened(store, course.folder / "after", clock=clock.now) as world:
        yield world
    store.close()


@pytest.mark.parametrize(("fault", "kind"), CELLS)
def test_generate_goes_on(courses: dict[str, Course], fault: str, kind: str) -> None:
    told = courses[kind].seen[fault].told

    assert (told["generate"].status, told["generate-new"].status) == (200, 200)


@pytest.mark.parametrize(("fault", "kind"), CELLS)
def test_priced_calls_are_paid_from_what_is_held_and_free_ones_need_nothing(
    courses: dict[str, Course], fault: str, kind: str
) -> None:
    told = courses[kind].seen[fault].told

    assert (told["priced"].status, told["free"].status) == (200, 200)


@pytest.mark.parametrize(("fault", "kind"), COLD)
def test_a_start_without_the_store_spends_a_hundredth_of_a_limit(
    courses: dict[str, Course], fault: str, kind: str
) -> None:
    told = courses[kind].cold[fault]
    served = [one for one in told if one.status == 200]
    refused = [one for one in told if one.status != 200]

    assert 1 < len(served) < len(told)
    assert 0 < sum(cost_of(one) for one in served) <= LIMIT // 100
    assert {(one.status, one.code, "retry-after" in one.headers) for one in refused} == {
        (503, "store-unavailable", True)
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_is_to_spend_nothing_without_the_store_serves_free_calls_alone(
    courses: dict[str, Course], kind: str
) -> None:
    told = courses[kind].blocked

    assert (told["write"].status, told["priced"].status, told["free"].status) == (503, 503, 200)
    assert (told["priced"].code, "retry-after" in told["priced"].headers) == ("store-unavailable", True)


@pytest.mark.parametrize("kind", KINDS)
def test_after_all_faults_budgets_have_settled_what_their_calls_have_cost(
    courses: dict[str, Course], kind: str
) -> None:
    with stored(courses[kind]) as world:
        world.ledger.upkeep.beat()
        limits = {budget.id: (budget.name, budget.limit) for budget in world.snapshots.current.budgets}
        with world.store.read() as tx:
            spent = tx.execute(select(calls.c.cost, calls.c.tags).where(calls.c.cost > 0)).all()
            periods = tx.execute(select(budget_periods)).all()
    settled = dict.fromkeys(("monthly", TIGHT), 0)
    for period in periods:
        name, limit = limits[period.budget_id]
        settled[name] += period.settled
        assert period.settled + period.reserved <= limit

    assert settled["monthly"] == sum(row.cost for row in spent)
    assert settled[TIGHT] == sum(row.cost for row in spent if row.tags == {"budget": TIGHT}) > 0


def cost_of(told: Told) -> int:
    """Nano-dollars of an answer."""
    made = told.body["calls"]
    assert isinstance(made, list)
    return sum(from_usd(Decimal(call["cost_usd"])) for call in made)


@pytest.mark.parametrize(("fault", "kind"), CELLS)
def test_streams_end_as_they_should(courses: dict[str, Course], fault: str, kind: str) -> None:
    told = courses[kind].seen[fault].told["stream"]

    assert (told.status, told.body["event"]) == (200, "done")


@pytest.mark.parametrize(("fault", "kind"), CELLS)
def test_picks_go_on_and_arms_stay(courses: dict[str, Course], fault: str, kind: str) -> None:
    course = courses[kind]
    told = course.seen[fault].told

    assert (told["pick"].status, told["pick-new"].status) == (200, 200)
    assert course.seen[fault].arms == course.before
    assert set(course.before.values()) == {"a", "b"}


@pytest.mark.parametrize(("fault", "kind"), CELLS)
def test_opinions_on_known_sessions_are_taken(courses: dict[str, Course], fault: str, kind: str) -> None:
    assert courses[kind].seen[fault].told["feedback"].status == 201


@pytest.mark.parametrize(("fault", "kind"), AWAY)
def test_opinions_on_strangers_are_refused_not_lost(courses: dict[str, Course], fault: str, kind: str) -> None:
    told = courses[kind].seen[fault].told["feedback-stranger"]

    expected = (404, "not-found") if (fault, kind) in READABLE else (503, "store-unavailable")
    assert (told.status, told.code) == expected


@pytest.mark.parametrize(("fault", "kind"), AWAY)
def test_pages_and_reads_answer_or_say_that_the_store_is_away(
    courses: dict[str, Course], fault: str, kind: str
) -> None:
    for name in ("read", "calls"):
        told = courses[kind].seen[fault].told[name]
        if (fault, kind) in READABLE:
            assert told.status == 200
        else:
            assert (told.status, told.code, "retry-after" in told.headers) == (503, "store-unavailable", True)


@pytest.mark.parametrize(("fault", "kind"), AWAY)
def test_writes_say_that_the_store_is_away(courses: dict[str, Course], fault: str, kind: str) -> None:
    told = courses[kind].seen[fault].told["write"]

    assert (told.status, told.code, "retry-after" in told.headers) == (503, "store-unavailable", True)


@pytest.mark.parametrize(("fault", "kind"), AWAY)
def test_a_promise_of_once_is_not_given_without_the_store(courses: dict[str, Course], fault: str, kind: str) -> None:
    told = courses[kind].seen[fault].told["keyed"]

    assert (told.status, told.code, "retry-after" in told.headers) == (503, "store-unavailable", True)


@pytest.mark.parametrize(("fault", "kind"), AWAY)
def test_traffic_is_kept_and_the_reason_told(courses: dict[str, Course], fault: str, kind: str) -> None:
    told = courses[kind].seen[fault].told
    store = "read-only" if (fault, kind) in READABLE else "down"

    assert told["live"].status == 200
    assert (told["ready"].status, told["ready"].body["status"], told["ready"].body["store"]) == (200, "degraded", store)
    assert told["ready"].body["reasons"]
    assert told["ready"].body["spool_waiting_bytes"] != 0


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind == "sqlite"])
def test_on_a_disk_without_any_room_nothing_is_acknowledged(courses: dict[str, Course], kind: str) -> None:
    told = courses[kind].seen["full-everywhere"].told

    for name in ("generate", "generate-new", "pick-new", "feedback", "write", "keyed"):
        assert (told[name].status, told[name].code) == (503, "store-unavailable")
    assert told["stream"].body["event"] == "error"
    assert (told["ready"].status, told["ready"].body["status"], told["live"].status) == (503, "unready", 200)


@pytest.mark.parametrize("kind", KINDS)
def test_what_callers_were_told_is_stored_exactly_once(courses: dict[str, Course], kind: str) -> None:
    course, told = courses[kind], courses[kind].acknowledged
    with stored(course) as world:
        known, opinions = every_call(world), Counter(opinion.id for opinion in every_opinion(world))
        sessions = {name: {one.id for one in runs.sessions(world, name)} for name in told.sessions}

    assert (len(told.calls) > 20, len(told.opinions) > 20) == (True, True)
    assert [call for call in told.calls if known[call] != 1] == []
    assert [opinion for opinion in set(told.opinions) if opinions[opinion] > 1] == []
    assert [name for name, answers in told.sessions.items() if not {one[0] for one in answers} <= sessions[name]] == []
    assert [name for name, answers in told.sessions.items() if len({flow for _, flow in answers}) != 1] == []
    assert list((course.folder / "spool").glob("*.rejected")) == []


@pytest.mark.parametrize("kind", KINDS)
def test_runs_of_the_outage_are_stored_exactly_once(courses: dict[str, Course], kind: str) -> None:
    course = courses[kind]
    told = [seen.told[name] for seen in course.seen.values() for name in ("generate", "generate-new", "stream")]
    wanted = [call["id"] for one in told if one.status == 200 for call in one.body.get("calls", [])]  # type: ignore[attr-defined]  # JSON of the answer

    with stored(course) as world:
        known = every_call(world)

    assert len(wanted) > len(course.seen)
    assert [call for call in wanted if known[call] != 1] == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_answer_in_any_outage_was_an_internal_error(courses: dict[str, Course], kind: str) -> None:
    found = [(fault, name) for fault, seen in courses[kind].seen.items() for name, told in seen.told.items()]

    assert [(fault, name) for fault, name in found if courses[kind].seen[fault].told[name].status == 500] == []
