"""An answer that must be JSON of a schema is mended where that is enough, asked for once more, or refused."""

import pytest

from app.domain.flow import Each, OnError
from app.domain.run_errors import OutputInvalid
from app.services import runs
from app.services.world import World
from tests.services.made import ask
from tests.services.walking.walked import echo, make_flow, step, walk
from tests.worlds import calls_of

SCHEMA = {"type": "object", "required": ["age"], "properties": {"age": {"type": "integer"}}}


def test_valid_answers_are_values_for_later_steps(world: World) -> None:
    make_flow(
        world,
        step("a", output_schema=SCHEMA),
        step("b", "{{ parsed.a.age + 1 }}", when="parsed.a.age > 40"),
    )

    done, _ = walk(world, lambda said: '{"age": 41}' if said == "a?" else echo(said))

    assert done.reply.text == "[42]"


@pytest.mark.parametrize("said", ['Here it is:\n```json\n{"age": 7}\n```', "{'age': 7,}", '{"age": 7'])
def test_what_was_meant_as_json_is_mended_without_asking_anybody(world: World, said: str) -> None:
    make_flow(world, step("a", output_schema=SCHEMA))

    done, models = walk(world, lambda _: said)

    assert (done.reply.text, len(models.asked)) == ('{"age":7}', 1)
    assert done.run.outputs == {"a": '{"age":7}'}


def test_one_more_question_shows_the_answer_and_what_is_wrong(world: World) -> None:
    make_flow(world, step("a", output_schema=SCHEMA))
    acts = iter(['{"age": "seven"}', '{"age": 7}'])

    done, models = walk(world, lambda _: next(acts))

    roles = [(turn.role, turn.text) for turn in models.requests[1].messages]
    assert roles[:2] == [("user", "a?"), ("assistant", '{"age": "seven"}')]
    assert "$.age" in roles[2][1]
    assert [call.reason for call in calls_of(world)] == ["first", "repair"]
    assert (done.reply.text, done.run.status) == ('{"age": 7}', "succeeded")
    assert done.run.cost == sum(call.cost or 0 for call in done.calls)


def test_an_answer_that_stays_invalid_fails_the_step(world: World) -> None:
    make_flow(world, step("a", output_schema=SCHEMA))

    with pytest.raises(OutputInvalid) as refused:
        walk(world, lambda _: '{"secret": "xyzzy"}')

    (run,) = runs.page(world, runs.RunFilter(), cursor=None, limit=10)[0]
    assert (run.error, run.failed_step, len(calls_of(world))) == ("output-invalid", "a", 2)
    assert "xyzzy" not in refused.value.message


def test_a_rule_mends_what_stays_invalid(world: World) -> None:
    make_flow(
        world, step("a", output_schema=SCHEMA, on_error=OnError("value", '{"age": 0}')), step("b", "{{ parsed.a.age }}")
    )

    done, _ = walk(world, lambda said: "no idea" if said != "0" else echo(said))

    assert done.reply.text == "[0]"


def test_the_whole_step_is_tried_again_after_a_repair_that_did_not_help(world: World) -> None:
    make_flow(world, step("a", output_schema=SCHEMA, retries=1))
    acts = iter(["?", "?", '{"age": 1}'])

    done, models = walk(world, lambda _: next(acts))

    assert (done.reply.text, len(models.asked)) == ('{"age": 1}', 3)
    assert [call.reason for call in calls_of(world)][-1] == "step again after output-invalid"


def test_each_item_has_the_schema(world: World) -> None:
    make_flow(
        world,
        step("a", "{{ item }}", output_schema=SCHEMA, each=Each("[1, 2]", at_once=1)),
        step("b", "{{ parsed.a[1].age }}"),
    )

    done, _ = walk(world, lambda said: f'{{"age": {said}0}}' if said in "12" else echo(said), ask())

    assert done.reply.text == "[20]"
