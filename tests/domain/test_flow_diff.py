"""A diff tells every field that differs, and nothing of versions that do the same."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.domain.auto import Auto, Escalation
from app.domain.flow import Choice, Params, RunLimits, Step
from app.domain.flow_diff import Body, FieldChange, diff

STEP = Step("answer", "Say {{ text }}\nand stop", Choice(("acme/small",)))
BODY = Body("a/1", (STEP,), RunLimits())

texts = st.text(alphabet="ab\n ", max_size=12)
steps = st.builds(
    Step,
    code=st.sampled_from(("one", "two", "three")),
    prompt=texts,
    choice=st.builds(Choice, models=st.tuples(st.sampled_from(("m", "n")))),
    system=texts,
    params=st.builds(Params, max_tokens=st.none() | st.integers(1, 3)),
    history=st.booleans(),
)
bodies = st.builds(
    Body,
    name=st.just("a/1"),
    steps=st.lists(steps, max_size=3, unique_by=lambda step: step.code).map(tuple),
    limits=st.builds(RunLimits, max_cost=st.none() | st.integers(1, 2)),
)


def test_a_prompt_is_told_line_by_line() -> None:
    after = Body("a/2", (replace(STEP, prompt="Say {{ text }}\nand go on"),), RunLimits())

    found = diff(BODY, after)

    (change,) = found.changed[0].fields
    assert (change.field, change.before, change.after) == ("prompt", STEP.prompt, after.steps[0].prompt)
    assert change.text == "--- prompt\n+++ prompt\n@@ -1,2 +1,2 @@\n Say {{ text }}\n-and stop\n+and go on\n"
    assert found.text.startswith("--- a/1\n+++ a/2\n")
    assert "-    and stop\n+    and go on\n" in found.text


def test_fields_inside_of_parts_have_dotted_names_and_money_is_in_dollars() -> None:
    auto = Auto(max_cost=2_000_000, escalation=Escalation(min_score=0.7))
    after = Body("a/2", (replace(STEP, choice=Choice(auto=auto)),), RunLimits(max_cost=10_000_000))

    found = diff(BODY, after)

    fields = {change.field: change.after for change in found.changed[0].fields}
    assert fields["choice.models"] == []
    assert fields["choice.auto.max_cost_usd"] == "0.002"
    assert fields["choice.auto.escalation.min_score"] == 0.7
    assert found.limits == (FieldChange("max_cost_usd", None, "0.01"),)


def test_steps_are_known_by_their_codes() -> None:
    two, three = replace(STEP, code="two"), replace(STEP, code="three")
    before, after = Body("a/1", (STEP, two), RunLimits()), Body("a/2", (two, three, STEP), RunLimits())

    found = diff(before, after)

    assert (found.added, found.removed, found.changed) == (("three",), (), ())
    assert found.order == (("answer", "two"), ("two", "three", "answer"))


@given(bodies)
def test_what_is_the_same_differs_in_nothing(body: Body) -> None:
    found = diff(body, body)

    assert found.same
    assert (found.added, found.removed, found.changed, found.limits, found.order, found.text) == (
        (),
        (),
        (),
        (),
        None,
        "",
    )


@given(bodies, bodies)
def test_what_is_not_the_same_differs_in_something_and_the_other_way_round(before: Body, after: Body) -> None:
    found, back = diff(before, after), diff(after, before)

    same = (before.steps, before.limits) == (after.steps, after.limits)
    assert found.same == same == back.same
    assert bool(found.text) == (not same)
    assert (found.added, found.removed) == (back.removed, back.added)
    assert {change.step for change in found.changed} == {change.step for change in back.changed}
