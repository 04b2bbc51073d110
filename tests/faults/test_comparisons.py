"""A comparison whose server is killed is finished by the next one: nothing is answered twice, and nothing is lost."""

from collections.abc import Callable

import pytest

from app.db.uow import Store
from app.domain.call import Source
from app.domain.comparison.comparison import Comparison, Judge, Prompt
from app.domain.flow import Params
from app.services import calls, clock
from app.services.calls import CallFilter
from app.services.comparing import comparisons, progress
from app.services.comparing.progress import Progress
from app.services.world import World
from tests.faults.conftest import Prepared
from tests.faults.served import Served
from tests.services.comparing.compared import DOLLAR, inputs, wanted
from tests.waiting import until
from tests.worlds import opened

pytestmark = pytest.mark.slow
SLOW = Prompt(params=Params(max_tokens=4, options={"latency_ms": 60}))
AT_ONCE = 4
ANSWERS = 120
IN_FLIGHT = 3 * AT_ONCE  # asked, answered and waiting to be recorded, or being recorded


def make(world: World) -> Comparison:
    """Two models, sixty inputs, a judge and a budget."""
    judge = Judge("simulated/medium", max_pairs=60)
    all_of_it = wanted(prompt=SLOW, inputs=inputs(60), judge=judge, budget=DOLLAR, concurrency=AT_ONCE)
    return comparisons.create(world, all_of_it, actor="test")


def every_call(world: World, source: Source) -> list[str]:
    """Ids of the calls that were made for the comparison."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        page, cursor = calls.page(world, CallFilter(source=source), cursor=cursor, limit=200)
        found += [call.id for call in page]
        if cursor is None:
            return found


@pytest.mark.parametrize(
    "reached",
    [lambda now: now.answered >= 20, lambda now: now.judged >= 20],
    ids=["while it is answered", "while it is judged"],
)
def test_a_killed_server_leaves_it_to_the_next(prepared: Prepared, reached: Callable[[Progress], bool]) -> None:
    store = Store(prepared.url)
    with opened(store, prepared.folder / "watching", clock=clock.now) as world:
        made = make(world)
        with Served(prepared.url, prepared.folder, workers=2) as server:
            until(lambda: reached(progress.of(world, made.id)))
            server.kill()
            killed = progress.of(world, made.id)

            server.start()
            until(lambda: progress.of(world, made.id).over)

        now = progress.of(world, made.id)
        outcomes = comparisons.outcomes(world, made.id)
        judged = comparisons.judgements(world, made.id)
        asked, judge_calls = every_call(world, "comparison"), every_call(world, "judge")
    store.close()

    assert killed.status == "running"
    assert killed.answered + killed.judged < ANSWERS * 2
    assert (now.status, now.answered, now.judged) == ("succeeded", ANSWERS, ANSWERS)
    assert len({(each.candidate, each.input, each.repeat) for each in outcomes}) == len(outcomes) == ANSWERS
    assert len({each.call_id for each in outcomes} & set(asked)) == ANSWERS
    assert len({(each.input, each.first, each.second) for each in judged}) == len(judged) == ANSWERS
    assert len(asked) + len(judge_calls) <= 2 * ANSWERS + IN_FLIGHT
    assert now.spent == sum(each.cost or 0 for each in (*outcomes, *judged))
