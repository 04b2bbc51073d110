"""A batch asks every line once, keeps what came of each, and ends as its lines, its budget and its callers say."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.db import jobs as job_rows
from app.domain.batch import Line
from app.domain.errors import CallerLeft, Conflict, NotFound, ProviderUnavailable
from app.domain.flow import Choice
from app.domain.message import Delta, ModelRequest, Usage
from app.services import budgets, keys, runs
from app.services.asking import Asked
from app.services.batches import answers, batches, progress, running
from app.services.batches.answers import Embedded, Said
from app.services.batches.questions import EmbeddingAsked, UseCaseAsked
from app.services.jobs import steering
from app.services.jobs.held import Held, Later
from app.services.jobs.submitting import submit as submit_job
from app.services.world import World
from tests.services.batches.batched import DOLLAR, SMALL, asked, line, lines_of, run, run_once, submit
from tests.services.jobs.working import claimed, working
from tests.services.made import CODE, make_step, make_use_case
from tests.waiting import until
from tests.worlds import Clock, calls_of, with_script


def text_of(line: Line) -> str:
    """What was answered."""
    assert line.answer is not None, line.error
    told = answers.decode(line.answer)
    assert isinstance(told, Said)
    return told.whole.reply.text


def echo(request: ModelRequest) -> Iterator[Delta]:
    """Says what it was asked."""
    yield Delta(text=request.messages[-1].text)
    yield Delta(finish_reason="stop", usage=Usage(3, output_tokens=2))


def test_every_line_is_asked_once_and_its_answer_is_its_own(world: World) -> None:
    made = submit(world, 20)

    now = run(with_script(world, echo), made)

    found = lines_of(world, made)
    assert now.batch.status == "succeeded"
    assert {each.custom_id: text_of(each) for each in found} == {f"line-{n}": f"question {n}" for n in range(1, 21)}
    assert [each.turn for each in found] == list(range(1, 21))
    calls = calls_of(world)
    assert len(calls) == 20
    assert {call.tags["batch"] for call in calls} == {made.id}
    assert now.standing.spent == sum(call.cost or 0 for call in calls) > 0
    assert (now.standing.input_tokens, now.standing.output_tokens) == (60, 40)


def test_a_line_that_fails_has_its_error_and_the_others_their_answers(world: World) -> None:
    def speak(request: ModelRequest) -> Iterator[Delta]:
        if request.messages[-1].text == "question 2":
            raise ProviderUnavailable("no", provider="simulated")
        yield from echo(request)

    made = submit(world, 3, concurrency=1)

    now = run(with_script(world, speak), made)

    failed = next(each for each in lines_of(world, made) if each.error is not None)
    assert (now.batch.status, now.standing.answered, now.standing.failed) == ("succeeded", 3, 1)
    assert (failed.custom_id, failed.error and failed.error.code) == ("line-2", "provider-unavailable")
    assert [each.custom_id for each in batches.done(world, made.id, failed=True)] == ["line-2"]


def test_a_line_that_breaks_us_is_an_error_of_its_own(world: World) -> None:
    made = submit(world, [replace(line(1), question={"kind": "direct", "asked": {"odd": 1}}), line(2)])

    now = run(world, made)

    assert (now.batch.status, now.standing.failed) == ("succeeded", 1)
    assert [each.error and each.error.code for each in batches.done(world, made.id, failed=True)] == ["internal-error"]


def test_lines_of_use_cases_run_flows_and_keep_a_session_each(world: World) -> None:
    make_use_case(world, steps=[make_step(prompt="Say {{ word }}.")])
    several = [
        line(n, UseCaseAsked(CODE, Asked(f"session {n}", inputs={"word": f"word {n}"}, tags={"own": n})))
        for n in range(1, 4)
    ]
    made = submit(world, several, tags={"team": "red", "own": "batch"}, owner="ann")

    run(with_script(world, echo), made)

    found = lines_of(world, made)
    assert {text_of(each) for each in found} == {f"Say word {n}." for n in range(1, 4)}
    told = answers.decode(found[0].answer or {})
    assert isinstance(told, Said)
    assert told.ran is not None
    assert runs.get(world, told.ran.run_id).run.session_id == told.ran.session_id
    call = calls_of(world)[0]
    assert (call.owner, call.tags["team"]) == ("ann", "red")
    assert {each.tags["own"] for each in calls_of(world)} == {1, 2, 3}


def test_lines_of_embeddings_keep_their_vectors(world: World) -> None:
    question = EmbeddingAsked(Choice((SMALL,)), SMALL, ("a", "b"))
    made = submit(world, [line(1, question)])

    run(world, made)

    (found,) = lines_of(world, made)
    told = answers.decode(found.answer or {})
    (call,) = calls_of(world)
    assert isinstance(told, Embedded)
    assert [len(vector) > 1 for vector in told.found.vectors] == [True, True]
    assert (told.model, told.call.id, call.tags["batch"], found.cost) == (SMALL, call.id, made.id, call.cost)


def test_it_never_spends_more_than_its_budget_and_what_was_answered_stays(world: World) -> None:
    made = submit(world, 60, budget=40_000)

    now = run(world, made)

    spent = sum(call.cost or 0 for call in calls_of(world))
    assert (now.batch.status, now.batch.error) == ("failed", "budget-exceeded")
    assert 0 < now.standing.answered < 60
    assert now.standing.spent == spent <= 40_000
    assert now.standing.failed == 0
    (own,) = [each for each in budgets.page(world, cursor=None, limit=50)[0] if each.budget.name == f"batch {made.id}"]
    assert own.budget.active is False
    left = list(batches.unasked(world, now.batch))
    assert len(left) == 60 - now.standing.answered
    assert {each.error and each.error.code for each in left} == {"budget-exceeded"}


def a_limit(world: World, limit: int) -> str:
    """The id of a budget over everything."""
    return budgets.create(world, budgets.Wanted(name="all", scope="global", period="total", unit="usd", limit=limit)).id


def test_another_budget_is_waited_for_as_wished(world: World, clock: Clock) -> None:
    limited = a_limit(world, 1)
    made = submit(world, 3, on_budget="wait")

    with pytest.raises(Later):
        run_once(world)

    now = progress.of(world, made.id)
    assert (now.batch.status, now.batch.waits_for, now.standing.answered) == ("running", "budget-exceeded", 0)
    budgets.change(world, limited, budgets.Edit(limit=DOLLAR, unit="usd"))
    clock.forward(minutes=1)
    again = run(world, made)
    assert (again.batch.status, again.batch.waits_for, again.standing.answered) == ("succeeded", None, 3)


def test_another_budget_ends_it_as_wished(world: World) -> None:
    a_limit(world, 1)
    made = submit(world, 3)

    assert run(world, made).batch.error == "budget-exceeded"


def test_a_budget_of_one_user_refuses_lines_of_that_user_alone(world: World) -> None:
    wanted = budgets.Wanted(name="ann", scope="user", scope_value="ann", period="total", unit="usd", limit=1)
    budgets.create(world, wanted)
    made = submit(world, [line(1, replace(asked("a"), user_id="ann")), line(2, replace(asked("b"), user_id="bob"))])

    now = run(world, made)

    assert (now.batch.status, now.standing.answered, now.standing.failed) == ("succeeded", 2, 1)
    assert [each.custom_id for each in batches.done(world, made.id, failed=True)] == ["line-1"]


def test_a_batch_whose_budget_was_taken_away_ends_rather_than_run_without(world: World) -> None:
    made = submit(world, 3, budget=DOLLAR)
    (own,) = [each for each in budgets.page(world, cursor=None, limit=50)[0] if each.budget.name.startswith("batch ")]
    budgets.remove(world, own.budget.id)

    now = run(world, made)

    assert (now.batch.status, now.batch.error, now.standing.answered) == ("failed", "batch-unbudgeted", 0)


def test_what_is_cancelled_stops_and_its_calls_are_hung_up(world: World) -> None:
    begun, hung_up = threading.Event(), threading.Event()
    made = submit(world, 4, concurrency=1)

    def speak(request: ModelRequest) -> Iterator[Delta]:
        if request.messages[-1].text == "question 2":
            begun.set()
            hung_up.wait(20)
            raise CallerLeft("hung up")
        yield from echo(request)

    with working(with_script(world, speak)):
        assert begun.wait(20)
        until(lambda: progress.of(world, made.id).standing.answered == 1)
        cancelled = batches.cancel(world, made.id)
        hung_up.set()
        until(lambda: len(calls_of(world)) == 2)

    now = progress.of(world, made.id)
    assert (cancelled.status, now.batch.status, now.standing.answered) == ("cancelled", "cancelled", 1)
    assert [each.error and each.error.code for each in batches.unasked(world, now.batch)] == ["batch-cancelled"] * 3
    with pytest.raises(Conflict) as again:
        batches.cancel(world, made.id)
    assert again.value.code == "batch-over"


def test_lines_that_are_late_are_given_up(world: World, clock: Clock) -> None:
    made = submit(world, 3, concurrency=1, deadline=world.now().replace(year=2027))
    clock.forward(days=400)

    now = run(world, made)

    assert (now.batch.status, now.batch.error, now.standing.answered) == ("failed", "batch-expired", 0)
    assert {each.error and each.error.code for each in batches.unasked(world, now.batch)} == {"batch-expired"}


def test_a_batch_whose_key_was_revoked_asks_no_more(world: World) -> None:
    key = keys.issue(world, "ann", ("run",)).key
    made = submit(world, 3, key_id=key.id)
    keys.revoke(world, key.id)

    now = run(world, made)

    assert (now.batch.status, now.batch.error, calls_of(world)) == ("failed", "key-revoked", [])
    assert {each.error and each.error.code for each in batches.unasked(world, now.batch)} == {"key-revoked"}


def test_whoever_lost_the_job_records_nothing_and_the_next_asks_again_what_was_in_flight(
    world: World, clock: Clock
) -> None:
    made = submit(world, 2, concurrency=1)
    first = claimed(world, "batch")
    clock.forward(minutes=5)
    second = claimed(world, "batch")

    running.run(first)
    before = progress.of(world, made.id).standing
    running.run(Held(world, second.job))

    now = progress.of(world, made.id)
    assert before.answered == 0
    assert (now.batch.status, now.standing.answered, len(lines_of(world, made))) == ("succeeded", 2, 2)


def test_a_batch_that_is_over_is_run_no_more(world: World) -> None:
    made = submit(world, 2)
    run(world, made)
    asked_once = len(calls_of(world))

    held = claimed_again(world, made.id)
    running.run(held)

    assert len(calls_of(world)) == asked_once == 2


def claimed_again(world: World, batch_id: str) -> Held:
    """Another job about a batch."""
    with world.store.write() as tx:
        submit_job(tx, world, "batch", about=batch_id)
    return claimed(world, "batch")


def test_what_was_deleted_is_gone_and_its_calls_stay(world: World) -> None:
    made = submit(world, 3, budget=DOLLAR)
    with pytest.raises(Conflict) as early:
        batches.delete(world, made.id)
    run(world, made)

    batches.delete(world, made.id)

    assert early.value.code == "batch-running"
    with pytest.raises(NotFound):
        batches.get(world, made.id)
    assert len(calls_of(world)) == 3
    assert [
        each for each in budgets.page(world, cursor=None, limit=50)[0] if each.budget.name.startswith("batch ")
    ] == []


def test_a_job_that_is_cancelled_by_its_id_cancels_the_batch(world: World) -> None:
    made = submit(world, 2)
    with world.store.read() as tx:
        job = job_rows.of(tx, "batch", made.id)
    assert job is not None

    steering.cancel(world, job.id)

    assert progress.of(world, made.id).batch.status == "cancelled"
