"""A package of others brings hooks, a scorer and a provider; whatever it does, it stays within its bounds."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.errors import Invalid, ProviderUnconfigured
from app.domain.flow import Choice, Hook
from app.domain.message import Message, ModelRequest
from app.domain.run_errors import HookFailed, HookRefused
from app.providers.base import Endpoint
from app.providers.registry import Providers, kinds
from app.services import direct
from app.services.direct import DirectAsked
from app.services.plugins.found import installed as found_plugins
from app.services.plugins.hooks import Hooks
from app.services.plugins.isolation import FAILURES
from app.services.plugins.listing import plugins
from app.services.plugins.scorers import Scorers
from app.services.world import World
from tests.plugins import installed
from tests.services.made import SMALL

SOURCE = """
    import threading
    from dataclasses import replace

    from app.providers.simulated import SimulatedProvider

    gate = threading.Event()


    class Shout:
        def __init__(self, options):
            self.mark = options.get("mark", "!")
            if not isinstance(self.mark, str):
                raise ValueError("zyxomma must never be told")

        def before(self, request, notes):
            last = request.messages[-1]
            notes.kept["length"] = len(last.content)
            return replace(request, messages=(*request.messages[:-1], replace(last, content=last.content.upper())))

        def after(self, reply, notes):
            if "WHISPER" in reply.text:
                notes.refuse("too-quiet")
            notes.flag("shouted")
            return replace(reply, text=f"{notes.kept['length']}:{reply.text}{self.mark}")


    class Broken:
        def __init__(self, options):
            self.how = options["how"]

        def before(self, request, notes):
            if self.how == "raises":
                raise RuntimeError("zyxomma must never be told")
            if self.how == "exits":
                raise SystemExit(3)
            if self.how == "hangs":
                gate.wait()
            return "no request" if self.how == "lies" else request


    class Empty:
        def __init__(self, options):
            pass


    def by_length(text, prompt, facts):
        return {"brevity": 100 - len(text), "facts": 10 * len(facts)}


    def wild(text, prompt, facts):
        return float("nan")


    class Echo(SimulatedProvider):
        pass


    nothing = 3
"""
ENTRIES = {
    "model_match.hooks": {"shout": "Shout", "broken": "Broken", "empty": "Empty", "nothing": "nothing", "gone": "Gone"},
    "model_match.scorers": {"by-length": "by_length", "wild": "wild"},
    "model_match.providers": {"echo": "Echo", "wrong": "Shout"},
}


@pytest.fixture(autouse=True)
def package(tmp_path: Path) -> Iterator[None]:
    with installed(tmp_path, SOURCE, ENTRIES, module="acme_plugins"):
        yield


def asked(prompt: str = "hello") -> DirectAsked:
    """A question whose answer repeats it."""
    return DirectAsked(
        Choice((SMALL,)),
        ModelRequest("", (Message("user", prompt),), options={"answers": {"(?s)(.*)": prompt.upper()}}),
    )


def around(world: World, *hooks: Hook) -> World:
    """The world where these hooks run around every call."""
    return replace(world, hooks=Hooks(hooks))


def test_it_changes_the_request_and_the_answer_and_flags_the_call(world: World) -> None:
    answered = direct.run(around(world, Hook("shout", {"mark": "?"})), asked())

    assert (answered.reply.text, answered.flags) == ("5:HELLO?", ("shout:shouted",))


def test_it_may_refuse_an_answer_that_was_paid_for(world: World) -> None:
    with pytest.raises(HookRefused) as refused:
        direct.run(around(world, Hook("shout")), asked("whisper"))

    assert (refused.value.hook, refused.value.why) == ("shout", "too-quiet")


def test_the_answer_passes_the_hooks_in_the_opposite_order(world: World) -> None:
    answered = direct.run(around(world, Hook("shout", {"mark": "1"}), Hook("shout", {"mark": "2"})), asked())

    assert answered.reply.text == "5:5:HELLO21"


@pytest.mark.parametrize("how", ["raises", "exits", "lies", "hangs"])
def test_one_that_breaks_fails_the_call_or_is_passed_over(
    world: World, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    must = Hook("broken", {"how": how}, timeout_ms=50)
    may = replace(must, on_failure="pass")

    with caplog.at_level(logging.WARNING), pytest.raises(HookFailed) as failed:
        direct.run(around(world, must), asked())
    passed = direct.run(around(world, may), asked())

    assert passed.reply.text == "HELLO"
    assert passed.flags == ("broken:failed",)
    assert "zyxomma" not in failed.value.message + str([record.__dict__ for record in caplog.records])


def test_one_that_keeps_failing_is_left_alone(world: World) -> None:
    world = around(world, Hook("broken", {"how": "raises"}, on_failure="pass"))

    for _ in range(FAILURES):
        direct.run(world, asked())

    assert world.hooks.resting() == ("broken",)
    assert [plugin.name for plugin in plugins(world) if plugin.resting] == ["broken"]


@pytest.mark.parametrize(
    ("hook", "field"),
    [
        (Hook("shout", {"mark": 3}), "at.options"),
        (Hook("empty"), "at.name"),
        (Hook("nothing"), "at.name"),
        (Hook("gone"), "at.name"),
    ],
)
def test_what_cannot_be_built_is_refused_when_it_is_written(world: World, hook: Hook, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        world.hooks.check(hook, field="at")

    assert refused.value.field == field
    assert "zyxomma" not in refused.value.message


def test_what_is_installed_is_listed_and_what_does_not_load_says_why() -> None:
    known = {(each.group, each.name): each for each in found_plugins() if each.distribution == "acme_plugins"}

    assert known["model_match.hooks", "shout"].error is None
    assert known["model_match.hooks", "shout"].version == "1.2"
    assert known["model_match.hooks", "gone"].error == "AttributeError"


def test_a_scorer_gives_points_by_dimension_and_none_where_they_are_no_points() -> None:
    scorers = Scorers()

    points = scorers.score("plugin/by-length", "x" * 40, "", {"colour": "red"})

    assert points is not None
    assert (points.total, points.dimensions) == (35.0, {"brevity": 60.0, "facts": 10.0})
    assert scorers.score("plugin/wild", "x", "", {}) is None
    assert not scorers.knows("plugin/nobody")
    assert not scorers.knows("by-length")
    scorers.close()


def test_a_provider_of_others_is_a_kind_as_the_shipped_ones_are() -> None:
    assert {"echo", "openai"} <= kinds()

    made = Providers().get(Endpoint("acme", kind="echo"))

    assert type(made).__name__ == "Echo"
    with pytest.raises(ProviderUnconfigured):
        Providers().get(Endpoint("acme", kind="wrong"))
    with pytest.raises(ProviderUnconfigured):
        Providers().get(Endpoint("acme", kind="nobody"))
