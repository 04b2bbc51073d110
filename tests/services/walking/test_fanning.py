"""A step over a list asks once per item, several at once, and gives the list of answers in the items' order."""

import threading

import pytest

from app.domain.errors import ProviderUnavailable
from app.domain.flow import Each, OnError, Repeat
from app.domain.run_errors import TooManyItems
from app.services import runs
from app.services.asking import Asked
from app.services.world import World
from tests.services.made import ask
from tests.services.walking.walked import away, echo, make_flow, row, step, walk
from tests.worlds import calls_of

WORDS = ["one", "two", "three", "four", "five"]


def listed() -> Asked:
    """A request whose input `words` is a list."""
    return ask(inputs={"words": WORDS, "text": ""})


def test_items_are_asked_at_once_and_joined_in_order(world: World) -> None:
    three = threading.Barrier(3)
    make_flow(
        world,
        step("each", "{{ number }} {{ item }}", each=Each("words[:3]", at_once=3)),
        step("join", "{{ outputs.each }} {{ parsed.each[2] }} {% for said in parsed.each %}{{ said }};{% endfor %}"),
    )

    def says(said: str) -> str:
        if len(said) < 10:
            three.wait(timeout=60)  # breaks unless all three are asked at the same time
        return said.upper()

    done, models = walk(world, says, listed())

    assert done.run.outputs["each"] == '["0 ONE","1 TWO","2 THREE"]'
    assert models.asked[-1] == '["0 ONE","1 TWO","2 THREE"] 2 THREE 0 ONE;1 TWO;2 THREE;'
    assert (row(world, done.run.id, "each").items, row(world, done.run.id, "each").tries) == (3, 3)


def test_no_more_items_than_asked_for_are_under_way(world: World) -> None:
    make_flow(world, step("each", "{{ item }}", each=Each("words", at_once=2)))
    pairs = threading.Semaphore(0)

    def says(said: str) -> str:
        pairs.release()
        return said

    done, models = walk(world, says, listed())

    assert models.most_at_once <= 2
    assert done.reply.text == '["one","two","three","four","five"]'


def test_an_empty_list_asks_nobody(world: World) -> None:
    make_flow(world, step("each", "{{ item }}", each=Each("[]")))

    done, models = walk(world, echo)

    assert (done.reply.text, models.asked, done.by, done.run.cost) == ("[]", [], None, 0)


def test_a_longer_list_than_allowed_fails_the_step(world: World) -> None:
    make_flow(world, step("each", "{{ item }}", each=Each("words", most=4)))

    with pytest.raises(TooManyItems):
        walk(world, echo, listed())

    assert calls_of(world) == []


def test_an_item_that_fails_fails_the_step_and_asks_no_more(world: World) -> None:
    make_flow(world, step("each", "{{ item }}", each=Each("words", at_once=1)))

    with pytest.raises(ProviderUnavailable):
        walk(world, lambda said: away() if said == "two" else said, listed())

    assert [call.outcome for call in calls_of(world)] == ["ok", "error"]


def test_a_rule_mends_the_whole_list(world: World) -> None:
    make_flow(
        world,
        step("each", "{{ item }}", each=Each("words"), on_error=OnError("value", '["none"]')),
        step("join", "{{ parsed.each[0] }}"),
    )

    done, _ = walk(world, lambda said: away() if said == "two" else echo(said), listed())

    assert done.reply.text == "[none]"


def test_an_item_is_tried_again_alone(world: World) -> None:
    make_flow(world, step("each", "{{ item }}", each=Each("words", at_once=1), retries=1))
    failed: list[str] = []

    def says(said: str) -> str | Exception:
        if said == "two" and not failed:
            failed.append(said)
            return away()
        return said

    done, models = walk(world, says, listed())

    assert models.asked == ["one", "two", "two", "three", "four", "five"]
    assert row(world, done.run.id, "each").tries == 6


def test_rounds_go_on_until_the_answer_is_good(world: World) -> None:
    make_flow(world, step("loop", "{{ round }}:{{ last }}", repeat=Repeat(5, until="last == '[2:[1:[0:]]]'")))

    done, models = walk(world, echo)

    assert models.asked == ["0:", "1:[0:]", "2:[1:[0:]]"]
    assert (done.reply.text, row(world, done.run.id, "loop").rounds) == ("[2:[1:[0:]]]", 3)


def test_rounds_end_when_they_are_used_up(world: World) -> None:
    make_flow(world, step("loop", "{{ round }}", repeat=Repeat(3, until="outputs.loop == 'never'")))

    done, models = walk(world, echo)

    assert (models.asked, done.reply.text) == (["0", "1", "2"], "[2]")
    assert runs.get(world, done.run.id).run.outputs == {"loop": "[2]"}
