"""An embedding is routed, priced and booked like any other call."""

from dataclasses import replace

import pytest

from app.domain.errors import ProviderUnconfigured, UnknownModel, Unpriced
from app.domain.flow import Choice
from app.services import embedding
from app.services.attempts import Asker
from app.services.caller import Caller
from app.services.world import World
from tests.services.made import SMALL
from tests.worlds import calls_of

TEXTS = ("one text", "another text")


def test_each_text_gets_a_vector_and_the_call_is_durable(world: World) -> None:
    found, call = embedding.run(world, Choice((SMALL,)), TEXTS, asker=Asker(caller=Caller(key_id="k1")))

    assert [len(vector) for vector in found.vectors] == [64, 64]
    assert found.vectors[0] != found.vectors[1]
    assert calls_of(world) == [call]
    assert (call.key_id, call.usage.output_tokens) == ("k1", 0)


def test_the_next_model_takes_over_when_the_first_has_no_key(world: World) -> None:
    _, call = embedding.run(world, Choice(("openai/gpt-4o-mini", SMALL)), TEXTS, asker=Asker())

    assert (call.model, call.attempt, call.reason) == (SMALL, 2, "fallback after provider-unconfigured")
    assert [one.error for one in reversed(calls_of(world))] in (
        [None, "provider-unconfigured"],
        ["provider-unconfigured", None],
    )


def test_a_failed_attempt_is_booked_before_the_error_is_told(world: World) -> None:
    with pytest.raises(ProviderUnconfigured):
        embedding.run(world, Choice(("openai/gpt-4o-mini",)), TEXTS, asker=Asker())

    assert [call.error for call in calls_of(world)] == ["provider-unconfigured"]


def test_an_unknown_model_is_refused_before_anything_is_booked(world: World) -> None:
    with pytest.raises(UnknownModel):
        embedding.run(world, Choice(("nobody/knows",)), TEXTS, asker=Asker())

    assert calls_of(world) == []


def test_an_unpriced_model_is_blocked_by_policy(world: World) -> None:
    blocking = world_that_blocks(world)

    with pytest.raises(Unpriced):
        embedding.run(blocking, Choice(("simulated/unpriced",)), TEXTS, asker=Asker())


def world_that_blocks(world: World) -> World:
    """The same world under UNPRICED=block."""
    return replace(world, policy=replace(world.policy, unpriced="block"))
