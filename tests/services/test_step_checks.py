"""What could not be walked is refused when it is written, at the place where people wrote it."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from app.domain.errors import Invalid, PromptInvalid
from app.domain.flow import Choice, Each, OnError, Repeat, Step
from app.domain.run_errors import ExpressionInvalid
from app.domain.use_case import StepSpec, UseCase
from app.services.step_checks import checked
from app.services.world import World
from tests.worlds import NOON, catalogue

SCHEMA = {"type": "object", "required": ["ok"]}
SMALL = Choice(("simulated/small",))
WORLD = cast(World, SimpleNamespace(catalogue=catalogue()))  # nothing else of it is asked


def use_case(*codes: str) -> UseCase:
    """A use case that declares these steps."""
    return UseCase("u1", "uc", "", "", "generic", True, tuple(map(StepSpec, codes)), "salt", None, NOON, NOON)


def step(code: str, prompt: str = "Say {{ text }}", **given: object) -> Step:
    """A step of a simulated model; all but the first of a flow are its own."""
    return replace(Step(code, prompt, SMALL), **given)  # type: ignore[arg-type]  # fields of Step by name


def own(code: str, prompt: str = "Say {{ text }}", **given: object) -> Step:
    """A step of the flow alone."""
    return step(code, prompt, own=True, **given)


def refusal(steps: Sequence[Step], *declared: str) -> Invalid:
    """What is said of these steps."""
    with pytest.raises(Invalid) as refused:
        checked(WORLD, steps, use_case(*declared or ("a",)))
    return refused.value


def test_a_flow_that_says_all_there_is_to_say_is_taken() -> None:
    steps = (
        step("a", output_schema=SCHEMA, on_error=OnError("value", value='{"ok": 1}')),
        own("b", "{{ outputs.a }} {{ parsed.a.ok }}", when="parsed.a.ok and text", retries=2),
        own("c", "{{ item }} {{ number }}", after=("a",), each=Each("parsed.a.list"), on_error=OnError("skip")),
        own("d", "{{ last }}", after=("b", "c"), repeat=Repeat(3, until="'x' in outputs.d or round == 2")),
        own("e", "{{ outputs['c'] }} {{ parsed.c | length }}", on_error=OnError("step", step="f")),
        own("f", "{{ outputs.d }}"),
        own("g", "{{ outputs.get('a') }}", after=("a", "e"), each=Each("[1]"), on_error=OnError("value", value="[]")),
    )

    assert checked(WORLD, steps, use_case("a")) == steps


@pytest.mark.parametrize(
    ("steps", "field", "said"),
    [
        ((step("a"), step("b")), "steps[1].code", "own: true"),
        ((step("a"), own("b", after=("c",))), "steps[1].after[0]", "no step 'c'"),
        ((step("a", after=("b",)), own("b", after=("a",))), "steps[0].after", "wait for each other"),
        ((step("a", when="a b"),), "steps[0].when", "does not parse"),
        ((step("a", when="1 == 2"),), "steps[0].when", "never"),
        ((step("a", each=Each("x |")),), "steps[0].each.over", "does not parse"),
        ((step("a", repeat=Repeat(2, until="x | nofilter")),), "steps[0].repeat.until", "nofilter"),
        ((step("a", output_schema={"type": "text"}),), "steps[0].output_schema", "no JSON Schema"),
        ((step("a", each=Each("x", most=1_001)),), "steps[0].each.most", "1 to 1000"),
        ((step("a", each=Each("x"), repeat=Repeat(2)),), "steps[0].repeat", "not both"),
        ((step("a", on_error=OnError("value")),), "steps[0].on_error.value", "needs a value"),
        (
            (step("a", output_schema=SCHEMA, on_error=OnError("value", value="{}")),),
            "steps[0].on_error.value",
            'required "ok"',
        ),
        (
            (step("a", each=Each("x"), on_error=OnError("value", value="none")),),
            "steps[0].on_error.value",
            "list of texts",
        ),
        (
            (step("a", output_schema=SCHEMA, on_error=OnError("step", step="b")), own("b")),
            "steps[0].on_error.step",
            "needs an output_schema",
        ),
    ],
)
def test_what_could_not_be_walked_is_refused(steps: tuple[Step, ...], field: str, said: str) -> None:
    refused = refusal(steps)

    assert refused.field == field
    assert said in refused.message


@pytest.mark.parametrize(
    ("steps", "field", "said"),
    [
        ((step("a", "{{ outputs.b }}"), own("b")), "steps[0].prompt", "not settled before"),
        ((step("a", "{{ outputs.a }}"),), "steps[0].prompt", "not settled before"),
        ((step("a", "{{ outputs.x }}"),), "steps[0].prompt", "no step 'x'"),
        ((step("a"), own("b", after=()), own("c", "{{ outputs.a }}")), "steps[2].prompt", "not settled before"),
        ((step("a"), own("b-c"), own("d", "{{ outputs.b-c }}")), "steps[2].prompt", "written outputs['b-c']"),
        ((step("a"), own("b", "{{ outputs['x-y'] }}")), "steps[1].prompt", "no step 'x-y'"),
        ((step("a"), own("b", "{% if outputs.x %}1{% endif %}")), "steps[1].prompt", "no step 'x'"),
        ((step("a"), own("b", system="{{ outputs.x }}")), "steps[1].system", "no step 'x'"),
        ((step("a"), own("b", "{{ parsed.a }}")), "steps[1].prompt", "answers text"),
        ((step("a"), own("b", when="outputs.x")), "steps[1].when", "no step 'x'"),
        ((step("a", when="outputs.a"),), "steps[0].when", "not settled before"),
        ((step("a"), own("b", each=Each("parsed.a"))), "steps[1].each.over", "answers text"),
        ((step("a", repeat=Repeat(2, until="parsed.a.ok")),), "steps[0].repeat.until", "answers text"),
        (
            (step("a", on_error=OnError("step", step="f")), own("f"), own("b", "{{ outputs.f }}")),
            "steps[2].prompt",
            "not settled before",
        ),
        (
            (step("a", on_error=OnError("step", step="f")), own("f", "{{ outputs.a }}")),
            "steps[1].prompt",
            "not settled before",
        ),
    ],
)
def test_an_output_that_could_not_be_there_is_refused(steps: tuple[Step, ...], field: str, said: str) -> None:
    refused = refusal(steps)

    assert isinstance(refused, PromptInvalid | ExpressionInvalid)
    assert refused.field == field
    assert said in refused.message


@pytest.mark.parametrize(
    "prompt",
    [
        "outputs['x'] and outputs.x are only words here",
        "{% raw %}{{ outputs['x'] }}{% endraw %}{{ outputs.a }}",
        "{# outputs['x'] #}{{ outputs.a }}",
        "{% for outputs in text %}{{ outputs.x }}{% endfor %}",
        "{{ outputs | tojson }}{% for name in outputs %}{{ outputs[name] }}{% endfor %}",
        "{% for name, text in outputs.items() %}{{ name }}{% endfor %}",
    ],
)
def test_what_only_looks_like_an_output_is_taken(prompt: str) -> None:
    assert checked(WORLD, (step("a"), own("b", prompt)), use_case("a"))


def test_places_are_those_that_people_wrote_not_those_of_the_use_case() -> None:
    steps = (step("b", "{{ outputs.x }}"), step("a", after=()))

    assert refusal(steps, "a", "b").field == "steps[0].prompt"
    assert refusal((step("b", after=("x",)), step("a")), "a", "b").field == "steps[0].after[0]"
    circle = (step("b", after=("a",)), step("a", after=("b",)))
    assert refusal(circle, "a", "b").field == "steps[0].after"
