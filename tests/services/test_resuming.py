"""A run that did not end well goes on as a new one, in the same session, without asking again what answered."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import orjson
import pytest

from app.db.types import dumps
from app.domain.errors import Conflict, ModelMatchError, NotFound, ProviderUnavailable
from app.domain.flow import Each, OnError, Params
from app.domain.message import ImagePart, Message, TextPart, Tool
from app.services import asked_json, flows, resuming, runs
from app.services.asking import Asked
from app.services.caller import Caller
from app.services.flows import FlowEdit
from app.services.generate import Finished
from app.services.world import World
from tests.services.made import CODE
from tests.services.walking.walked import Models, Says, away, echo, make_flow, states, step, walk
from tests.worlds import calls_of, with_script


def failed_at(world: World, prompt: str, asked: Asked | None = None) -> str:
    """The id of a run that failed at the step with that prompt."""
    with pytest.raises(ModelMatchError):
        walk(world, lambda said: away() if said == prompt else echo(said), asked)
    return runs.page(world, runs.RunFilter(status="failed"), cursor=None, limit=1)[0][0].id


def resume(world: World, run_id: str, says: Says = echo) -> tuple[Finished, Models]:
    """The run that goes on, and the models that it asked."""
    models = Models(says)
    return resuming.run(with_script(world, models), run_id, Caller(key_id="k2")), models


def test_steps_that_answered_are_not_asked_again(world: World) -> None:
    make_flow(world, step("a"), step("b", "b:{{ outputs.a }}"), step("c", "c:{{ outputs.a }}{{ outputs.b }}"))
    earlier = failed_at(world, "b:[a?]")

    done, models = resume(world, earlier)

    assert models.asked == ["b:[a?]", "c:[a?][b:[a?]]"]
    assert (done.run.resumes, done.run.status, done.reply.text) == (earlier, "succeeded", "[c:[a?][b:[a?]]]")
    assert done.run.outputs == {"a": "[a?]", "b": "[b:[a?]]", "c": done.reply.text}
    assert done.run.cost == sum(call.cost or 0 for call in calls_of(world, run_id=done.run.id))
    assert states(world, done.run.id) == dict.fromkeys("abc", "answered")
    before = runs.get(world, earlier).run
    assert (before.status, before.session_id, before.flow_version) == (
        "failed", done.run.session_id, done.run.flow_version,
    )  # fmt: skip
    assert {call.key_id for call in calls_of(world, run_id=done.run.id)} == {"k2"}


def test_branches_and_lists_that_answered_are_kept(world: World) -> None:
    make_flow(
        world,
        step("list", "{{ item }}", after=(), each=Each("['x', 'y']")),
        step("lone", after=(), on_error=OnError("value", "0")),
        step("end", "{{ parsed.list[1] }}{{ outputs.lone }}", after=("list", "lone")),
    )
    earlier = failed_at(world, "[y][lone?]")

    done, models = resume(world, earlier)

    assert (models.asked, done.reply.text) == (["[y][lone?]"], "[[y][lone?]]")


def test_a_run_of_one_step_is_asked_again(world: World) -> None:
    make_flow(world, step("a", "{{ text }}"))
    earlier = failed_at(world, "hello")

    done, models = resume(world, earlier)

    assert (models.asked, done.run.resumes) == (["hello"], earlier)
    assert runs.get(world, done.run.id).run == done.run


def test_it_walks_the_version_that_the_run_walked(world: World) -> None:
    make_flow(world, step("a"), step("b"))
    earlier = failed_at(world, "b?")
    flows.change(world, CODE, "a", FlowEdit(steps=(step("a", "new"),)), actor="test")
    world.snapshots.refresh()

    done, models = resume(world, earlier)

    assert (models.asked, done.run.flow_version) == (["b?"], 1)


def test_a_run_goes_on_once(world: World) -> None:
    make_flow(world, step("a"), step("b"))
    earlier = failed_at(world, "b?")

    def attempt(_: int) -> str:
        try:
            return resume(world, earlier)[0].run.status
        except Conflict as refused:
            return refused.code

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(attempt, range(4)))

    assert outcomes == [*["run-not-resumable"] * 3, "succeeded"]


def test_what_went_on_and_failed_again_can_go_on_again(world: World) -> None:
    make_flow(world, step("a"), step("b"))
    earlier = failed_at(world, "b?")
    with pytest.raises(ProviderUnavailable):
        resume(world, earlier, lambda _: away())

    done, models = resume(world, earlier)

    assert (done.run.status, models.asked) == ("succeeded", ["b?"])


def test_a_run_that_succeeded_cannot_be_resumed(world: World) -> None:
    make_flow(world, step("a"), step("b"))
    done, _ = walk(world, echo)

    with pytest.raises(Conflict) as refused:
        resume(world, done.run.id)

    assert refused.value.code == "run-not-resumable"


def test_where_texts_are_not_kept_the_reason_is_named(world: World) -> None:
    make_flow(world, step("a"), step("b"))
    silent = replace(world, policy=replace(world.policy, keep_texts=False))
    earlier = failed_at(silent, "b?")

    with pytest.raises(Conflict, match="KEEP_TEXTS"):
        resume(silent, earlier)
    with pytest.raises(Conflict, match="too little"):
        resume(world, earlier)


def test_an_unknown_run_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        resume(world, world.new_id())


def test_what_was_asked_comes_back_as_it_was() -> None:
    asked = Asked(
        "c1",
        inputs={"x": 1},
        messages=(
            Message("system", "be brief"),
            Message("user", (TextPart("look"), ImagePart("data:image/png;base64,AA=="))),
        ),
        user_id="u",
        step="a",
        params=Params(max_tokens=3, stop=("x",), response_format={"type": "json_object"}),
        tools=(Tool("add", "adds", {"type": "object"}),),
        tool_choice="auto",
        tags={"team": "x"},
    )
    stored = asked_json.told(asked)
    assert stored is not None

    again = asked_json.asked_of(orjson.loads(dumps(stored)), correlation_id="c1", inputs={"x": 1}, caller=asked.caller)

    assert again == asked
