"""A comparison is refused as a whole, by the field that is wrong, or made as a whole."""

from contextlib import nullcontext
from typing import Any

import pytest
from pydantic import ValidationError

from app.db import budgets as budget_rows
from app.domain.comparison.comparison import Input, Judge, Prompt, Scoring, Weights
from app.domain.errors import Invalid, ModelMatchError, NotFound, PromptInvalid, UnknownModel, Unsupported
from app.domain.flow import Choice, Each, Repeat, Step
from app.services import flows
from app.services.comparing import comparisons
from app.services.comparing.comparisons import ComparisonFilter
from app.services.comparing.form import ComparisonForm
from app.services.comparing.wanted import WantedCandidate
from app.services.world import World
from tests.services.comparing.compared import DOLLAR, LARGE, MODELS, SMALL, inputs, make
from tests.services.made import CODE, make_use_case

FLOWS = (WantedCandidate(flow="a"), WantedCandidate(flow="b"))
AWAY = "openai/gpt-5-mini"  # its provider has no key here
LATER = (Step("one", "Say {{ text }}", Choice((SMALL,))), Step("two", "{{ outputs.one }} {{ tone }}", Choice((SMALL,))))


@pytest.mark.parametrize(
    ("given", "error", "field"),
    [
        ({"candidates": MODELS[:1]}, Invalid, "candidates"),
        ({"candidates": (*MODELS, MODELS[0])}, Invalid, "candidates[2].name"),
        ({"candidates": (*MODELS, WantedCandidate(SMALL, name="again"))}, Invalid, "candidates[2]"),
        ({"candidates": (*MODELS, WantedCandidate("no/one"))}, UnknownModel, "candidates[2].model"),
        (
            {"candidates": (*MODELS, WantedCandidate("openai/text-embedding-3-small"))},
            Unsupported,
            "candidates[2].model",
        ),
        ({"candidates": (*MODELS, WantedCandidate(AWAY))}, Invalid, "candidates[2].model"),
        ({"judge": Judge(AWAY), "budget": DOLLAR}, Invalid, "judge.model"),
        ({"candidates": FLOWS}, Invalid, "use_case"),
        ({"candidates": (WantedCandidate(), MODELS[0])}, Invalid, "candidates[0]"),
        ({"use_case": "none"}, NotFound, "use_case"),
        ({"inputs": ()}, Invalid, "inputs"),
        ({"inputs": (Input(0, {"other": "x"}),)}, PromptInvalid, "inputs[0]"),
        ({"inputs": (Input(0, {"prompt": "x", "outputs": "y"}),)}, Invalid, "inputs[0]"),
        ({"prompt": Prompt("{{ prompt")}, Invalid, "prompt.text"),
        ({"repeats": 0}, Invalid, "repeats"),
        ({"repeats": 21}, Invalid, "repeats"),
        ({"concurrency": 33}, Invalid, "concurrency"),
        ({"alpha": 0.5}, Invalid, "alpha"),
        ({"alpha": float("nan")}, Invalid, "alpha"),
        ({"weights": Weights(0, 0, 0)}, Invalid, "weights"),
        ({"budget": 0}, Invalid, "budget_usd"),
        ({"scoring": Scoring("exact")}, Invalid, "inputs[0].reference"),
        ({"scoring": Scoring("json_schema", '{"$ref": "file:///x"}')}, Invalid, "scoring.expected"),
        ({"judge": Judge("no/one"), "budget": DOLLAR}, UnknownModel, "judge.model"),
        ({"judge": Judge(LARGE, max_pairs=0), "budget": DOLLAR}, Invalid, "judge.max_pairs"),
        ({"inputs": inputs(6_000), "repeats": 20}, Invalid, "repeats"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(
    world: World, given: dict[str, Any], error: type[ModelMatchError], field: str
) -> None:
    with pytest.raises(error) as refused:
        make(world, **given)

    assert getattr(refused.value, "field", None) == field
    assert comparisons.page(world, ComparisonFilter()) == ([], None)
    with world.store.read() as tx:
        assert budget_rows.all_of(tx) == []


def test_an_unknown_flow_is_named(world: World) -> None:
    make_use_case(world)

    with pytest.raises(NotFound) as refused:
        make(world, use_case=CODE, candidates=FLOWS)

    assert (refused.value.field, refused.value.key) == ("candidates[1].flow", "b")


@pytest.mark.parametrize(("models", "refused"), [((AWAY,), True), ((AWAY, SMALL), False)])
def test_a_flow_is_compared_when_each_step_has_a_model_that_can_be_asked(
    world: World, models: tuple[str, ...], refused: bool
) -> None:
    make_use_case(world, steps=(Step("one", "Say {{ text }}", Choice((SMALL,))), Step("two", "x", Choice(models))))
    given: dict[str, Any] = {"use_case": CODE, "inputs": (Input(0, {"text": "x"}),)}

    make(world, candidates=(WantedCandidate(SMALL, "a"), WantedCandidate(LARGE, "a")), **given)
    with pytest.raises(Invalid) if refused else nullcontext() as error:
        make(world, candidates=(WantedCandidate(SMALL, "a"), WantedCandidate(flow="a")), **given)

    assert error is None or (error.value.field, "provider openai" in error.value.message) == (
        "candidates[1].flow",
        True,
    )


def test_inputs_that_a_later_step_misses_are_named(world: World) -> None:
    make_use_case(world, steps=LATER)
    candidates = (WantedCandidate(flow="a"), WantedCandidate(LARGE, "a"))
    both = (Input(0, {"text": "x", "tone": "dry"}), Input(1, {"text": "x"}))

    with pytest.raises(PromptInvalid, match=r"'tone' is not among the inputs \(inputs 1\)") as refused:
        make(world, use_case=CODE, candidates=candidates, inputs=both)

    assert refused.value.field == "inputs[1]"


def test_what_a_step_gives_itself_is_no_input(world: World) -> None:
    steps = (
        Step("one", "{{ number }}: {{ item }} {{ text }}", Choice((SMALL,)), each=Each("words")),
        Step("two", "{{ round }} {{ last }} {{ parsed.one }} {{ tone }}", Choice((SMALL,)), repeat=Repeat(2)),
    )
    make_use_case(world, steps=steps)
    given: dict[str, Any] = {"text": "x", "words": ["a"]}
    candidates = (WantedCandidate(flow="a"), WantedCandidate(LARGE, "a"))

    make(world, use_case=CODE, candidates=candidates, inputs=(Input(0, {**given, "tone": "dry"}),))
    with pytest.raises(PromptInvalid, match="'tone' is not among the inputs"):
        make(world, use_case=CODE, candidates=candidates, inputs=(Input(0, given),))


def test_flows_that_are_not_active_are_compared_too_and_keep_their_version(world: World) -> None:
    make_use_case(world, weights={"a": 10_000, "b": 0})
    flows.change(world, CODE, "b", flows.FlowEdit(active=False), actor="test")

    made = make(world, use_case=CODE, candidates=FLOWS, inputs=(Input(0, {"text": "x"}),))

    assert [(each.flow, each.flow_version) for each in made.candidates] == [("a", 1), ("b", 1)]
    assert comparisons.get(world, made.id) == made


def test_it_is_stored_as_it_was_made(world: World) -> None:
    made = make(
        world,
        name="Which one?",
        scoring=Scoring("numeric", tolerance=0.1),
        inputs=inputs(reference="7", label="easy"),
        judge=Judge(LARGE, "brief", 5),
        weights=Weights(1.0, 0.5, 0.25),
        budget=DOLLAR,
        seed="s",
    )

    assert comparisons.get(world, made.id) == made
    assert comparisons.inputs(world, made.id) == list(inputs(reference="7", label="easy"))
    assert comparisons.inputs(world, made.id, [2]) == [inputs(reference="7", label="easy")[2]]


def test_comparisons_are_listed_newest_first_and_found_by_what_they_hold(world: World) -> None:
    make_use_case(world)
    first = make(world)
    second = make(world, candidates=(WantedCandidate(SMALL), WantedCandidate("simulated/medium")), use_case=CODE)
    comparisons.cancel(world, first.id)

    def found(**given: Any) -> list[str]:
        return [each.id for each in comparisons.page(world, ComparisonFilter(**given))[0]]

    assert sorted(found()) == sorted([first.id, second.id])
    assert found(model=LARGE) == [first.id]
    assert found(model=SMALL, status="queued") == [second.id]
    assert found(use_case_id=second.use_case_id) == [second.id]
    assert found(benchmark="none") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"more": 1},
        {"repeats": "2"},
        {"concurrency": 0},
        {"alpha": 0.5},
        {"budget_usd": 1.5},
        {"weights": {"quality": -1}},
        {"inputs": [{"prompt": "x", "note": "y"}]},
        {"scoring": {"rule": "vibes"}},
        {"judge": {"model": LARGE, "max_pairs": 0}},
        {"upload": {"format": "xml", "content": "x"}},
    ],
)
def test_a_form_with_a_wrong_field_is_refused(wrong: dict[str, object]) -> None:
    plain = {"candidates": [{"model": SMALL}, {"model": LARGE}], "inputs": [{"prompt": "x"}]}
    ComparisonForm.model_validate(plain)

    with pytest.raises(ValidationError):
        ComparisonForm.model_validate({**plain, **wrong})


@pytest.mark.parametrize(
    "sources",
    [
        {},
        {"inputs": [{"prompt": "x"}], "sample": {"use_case": "uc", "count": 1}},
        {"inputs": [{}]},
        {"inputs": [{"prompt": "x", "values": {"prompt": "x"}}]},
    ],
)
def test_a_form_names_one_source_of_inputs(sources: dict[str, object]) -> None:
    form = ComparisonForm.model_validate({"candidates": [{"model": SMALL}, {"model": LARGE}], **sources})

    with pytest.raises(Invalid, match="expected"):
        form.wanted()
