"""Steps are asked in the order that their flow allows: side by side, by conditions, and as their rules say."""

import threading
from collections.abc import Iterator

import pytest

from app.domain.errors import ProviderRefused, ProviderUnavailable
from app.domain.flow import OnError
from app.domain.run_errors import NothingAnswered
from app.services import generate, runs
from app.services.attempts import Piece
from app.services.generate import Event, Finished
from app.services.world import World
from tests.services.made import CODE, ask
from tests.services.walking.walked import Models, away, echo, make_flow, moves, row, states, step, walk
from tests.worlds import calls_of, with_script


def stream(world: World, models: Models) -> list[Event]:
    """All events of a streamed run."""
    return list(generate.events(with_script(world, models), CODE, ask(), streamed=True))


def hold(until: threading.Event) -> None:
    """Keep a thread until then."""
    assert until.wait(60)


def test_branches_are_asked_side_by_side_and_joined(world: World) -> None:
    together = threading.Barrier(3)
    branches = [step(code, after=()) for code in "abc"]
    join = step("join", "{{ outputs.a }}{{ outputs.b }}{{ outputs.c }}", after=("a", "b", "c"))
    make_flow(world, *branches, join)

    def says(said: str) -> str:
        if said.endswith("?"):
            together.wait(timeout=60)  # breaks unless all three are asked at the same time
        return echo(said)

    done, models = walk(world, says)

    assert done.reply.text == "[[a?][b?][c?]]"
    assert models.asked[-1] == "[a?][b?][c?]"
    assert done.run.outputs == {"a": "[a?]", "b": "[b?]", "c": "[c?]", "join": done.reply.text}
    assert states(world, done.run.id) == dict.fromkeys(("a", "b", "c", "join"), "answered")
    assert sorted(call.step or "" for call in calls_of(world)) == ["a", "b", "c", "join"]
    assert done.run.cost == sum(call.cost or 0 for call in done.calls)


def test_no_more_than_eight_steps_of_a_run_are_asked_at_once(world: World) -> None:
    eight = threading.Barrier(8)
    make_flow(world, *(step(f"s{number}", after=()) for number in range(16)))

    def says(said: str) -> str:
        eight.wait(timeout=60)  # the second eight follow the first
        return echo(said)

    done, models = walk(world, says)

    assert models.most_at_once == 8
    assert len(done.run.outputs) == 16


def test_without_a_free_thread_steps_are_asked_in_turn(world: World) -> None:
    make_flow(world, step("a", after=()), step("b", after=()))
    taken = threading.Event()
    held = 0
    while world.crew.lend(lambda: hold(taken)):
        held += 1

    done, models = walk(world, echo)

    taken.set()
    assert held > 0
    assert (models.most_at_once, done.run.outputs) == (1, {"a": "[a?]", "b": "[b?]"})


def test_a_condition_decides_which_branch_answers(world: World) -> None:
    router = step("router")
    short = step("short", after=("router",), when="outputs.router == 'short'")
    long = step("long", after=("router",), when="outputs.router == 'long'")
    make_flow(world, router, short, long)

    done, models = walk(world, lambda said: "short" if said == "router?" else echo(said))

    assert (models.asked, done.reply.text) == (["router?", "short?"], "[short?]")
    assert states(world, done.run.id) == {"router": "answered", "short": "answered", "long": "skipped"}


def test_what_waits_for_skipped_steps_alone_is_skipped_too(world: World) -> None:
    make_flow(world, step("a"), step("b", when="inputs_say_so is defined"), step("c", "{{ outputs.b }}"))

    done, models = walk(world, echo)

    assert (models.asked, done.reply.text) == (["a?"], "[a?]")
    assert states(world, done.run.id) == {"a": "answered", "b": "skipped", "c": "skipped"}


def test_a_join_sees_nothing_of_a_branch_that_was_skipped(world: World) -> None:
    make_flow(
        world,
        step("a", after=()),
        step("b", after=(), when="false and text"),
        step("join", "{% if outputs.b is none %}no b{% endif %} {{ outputs.a }}", after=("a", "b")),
    )

    done, _ = walk(world, echo)

    assert done.reply.text == "[no b [a?]]"


def test_a_run_whose_steps_were_all_skipped_has_failed(world: World) -> None:
    make_flow(world, step("a", when="text == 'never'"))

    with pytest.raises(NothingAnswered):
        walk(world, echo)

    (run,) = runs.page(world, runs.RunFilter(), cursor=None, limit=10)[0]
    assert (run.status, run.error) == ("failed", "nothing-answered")


def test_a_condition_that_cannot_be_judged_is_a_failure_of_its_step(world: World) -> None:
    make_flow(world, step("a"), step("b", when="outputs.a + 1", on_error=OnError("value", "instead")))

    done, _ = walk(world, echo)

    assert done.reply.text == "instead"
    assert row(world, done.run.id, "b").error == "expression-invalid"


@pytest.mark.parametrize(
    ("rule", "said", "state"),
    [(OnError("skip"), "[b:nothing]", "skipped"), (OnError("value", "plan b"), "[b:plan b]", "answered")],
)
def test_a_failure_can_be_skipped_or_valued(world: World, rule: OnError, said: str, state: str) -> None:
    prompt = "b:{% if outputs.a is none %}nothing{% else %}{{ outputs.a }}{% endif %}"
    make_flow(world, step("a", after=(), on_error=rule), step("x", after=()), step("b", prompt, after=("a", "x")))

    done, _ = walk(world, lambda asked: away() if asked == "a?" else echo(asked))

    assert (done.reply.text, done.run.status) == (said, "succeeded")
    assert (row(world, done.run.id, "a").state, row(world, done.run.id, "a").error) == (state, "provider-unavailable")


def test_a_fallback_step_answers_for_the_one_that_failed(world: World) -> None:
    make_flow(world, step("a", on_error=OnError("step", step="backup")), step("backup"), step("b", "{{ outputs.a }}"))

    done, models = walk(world, lambda said: away() if said == "a?" else echo(said))

    assert models.asked == ["a?", "backup?", "[backup?]"]
    assert done.run.outputs == {"a": "[backup?]", "backup": "[backup?]", "b": "[[backup?]]"}
    assert states(world, done.run.id) == {"a": "answered", "backup": "answered", "b": "answered"}
    assert done.run.cost == sum(call.cost or 0 for call in done.calls)


def test_a_fallback_step_is_left_alone_as_long_as_nothing_fails(world: World) -> None:
    make_flow(world, step("a", on_error=OnError("step", step="backup")), step("backup"))

    done, models = walk(world, echo)

    assert (models.asked, done.run.outputs) == (["a?"], {"a": "[a?]"})


def test_a_fallback_that_fails_too_fails_the_run(world: World) -> None:
    make_flow(world, step("a", on_error=OnError("step", step="backup")), step("backup"))

    with pytest.raises(ProviderUnavailable):
        walk(world, lambda _: away())

    (run,) = runs.page(world, runs.RunFilter(), cursor=None, limit=10)[0]
    assert (run.failed_step, states(world, run.id)) == ("backup", {"a": "failed", "backup": "failed"})


def test_a_step_alone_brings_its_fallback(world: World) -> None:
    make_flow(world, step("x"), step("a", on_error=OnError("step", step="backup")), step("backup"), declared=2)

    done, models = walk(world, lambda said: away() if said == "a?" else echo(said), ask(step="a"))

    assert (models.asked, done.reply.text, done.run.step) == (["a?", "backup?"], "[backup?]", "a")


def test_a_step_is_tried_again_where_that_may_help(world: World) -> None:
    make_flow(world, step("a", retries=2))
    acts: Iterator[str | Exception] = iter([away(), away(), "at last"])

    done, _ = walk(world, lambda _: next(acts))

    assert [call.reason for call in calls_of(world)] == ["first", *["step again after provider-unavailable"] * 2]
    assert done.reply.text == "at last"


def test_a_refusal_for_good_is_not_tried_again(world: World) -> None:
    make_flow(world, step("a", retries=5))

    with pytest.raises(ProviderRefused):
        walk(world, lambda _: ProviderRefused("says no", provider="simulated"))

    assert len(calls_of(world)) == 1


def test_outputs_of_any_earlier_step_can_be_used(world: World) -> None:
    make_flow(world, step("a"), step("b"), step("c", "{{ outputs.a }}+{{ outputs.b }}+{{ text }}"))

    done, _ = walk(world, echo)

    assert done.reply.text == "[[a?]+[b?]+hello]"


def test_a_failure_hangs_up_what_is_asked_beside_it_and_keeps_what_answered(world: World) -> None:
    slow = step("slow", after=("first",), options={"latency_ms": 60_000})
    bad = step("bad", after=("first",), options={"faults": {"unavailable": 1}})
    make_flow(world, step("first"), slow, bad)

    with pytest.raises(ProviderUnavailable):
        generate.run(world, CODE, ask())

    (run,) = runs.page(world, runs.RunFilter(), cursor=None, limit=10)[0]
    read = runs.get(world, run.id)
    assert (run.status, run.failed_step, set(read.run.outputs)) == ("failed", "bad", {"first"})
    assert {each.step: (each.state, each.error) for each in read.steps} == {
        "first": ("answered", None),
        "slow": ("failed", "caller-left"),
        "bad": ("failed", "provider-unavailable"),
    }
    outcomes = {call.step: call.outcome for call in read.calls}
    assert outcomes == {"first": "ok", "slow": "cancelled", "bad": "error"}


def test_a_stream_tells_each_step_and_the_pieces_of_the_last(world: World) -> None:
    make_flow(world, step("a"), step("b", "{{ outputs.a }}"))

    events = stream(world, Models(echo))

    assert moves(list(events)) == [("a", "running"), ("a", "answered"), ("b", "running"), ("b", "answered")]
    assert [each.delta.text for each in events if isinstance(each, Piece)] == ["[[a", "?]]"]
    assert isinstance(events[-1], Finished)


def test_the_branch_that_was_chosen_is_streamed_though_it_is_not_the_last(world: World) -> None:
    make_flow(
        world,
        step("router"),
        step("yes", after=("router",), when="outputs.router == 'yes'"),
        step("no", after=("router",), when="outputs.router == 'no'"),
    )

    events = stream(world, Models(lambda said: "yes" if said == "router?" else "quite right"))

    assert [each.delta.text for each in events if isinstance(each, Piece)] == ["quite", " right"]


def test_an_answer_that_a_rule_may_change_comes_in_one_piece(world: World) -> None:
    make_flow(world, step("a", on_error=OnError("value", "sorry")))

    events = stream(world, Models(lambda _: away()))

    assert [each.delta.text for each in events if isinstance(each, Piece)] == ["sorry"]
    assert isinstance(events[-1], Finished)
    assert events[-1].by is None
