"""`<<NAME>>` is filled from an input of that name, stays where there is none, and opens no door for what it shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.flow import Choice, Each, Repeat, Step
from app.services import marks, prompts
from app.services.step_inputs import placeholders

CHOICE = Choice(("acme/small",))


def shown(source: str, **values: object) -> str:
    """The rendered prompt."""
    return prompts.render(source, values, field="prompt")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Plan for <<CITY>>", "Plan for Rome"),
        ("<<CITY>><<CITY>> {{ CITY }}", "RomeRome Rome"),
        ("<<my-key>> and <<2>>", "dash and two"),
        ("<<city>> <<>> << CITY >> <<A.B>>", "<<city>> <<>> << CITY >> <<A.B>>"),
        ("{% raw %}<<CITY>>{% endraw %}{# <<CITY>> #}", "<<CITY>>"),
        ("{% if CITY == '<<CITY>>' %}a{% else %}b{% endif %}", "b"),
        ("{{ '<<CITY>>' }}", "<<CITY>>"),
        ("<<outputs>>", "<<outputs>>"),
    ],
)
def test_a_mark_is_filled_from_the_input_of_its_name_alone(source: str, text: str) -> None:
    values = {"CITY": "Rome", "my-key": "dash", "2": "two", "outputs": {"a": "b"}}

    assert shown(source, **values) == text


@given(st.text())
def test_nothing_in_a_value_is_read_as_a_prompt(text: str) -> None:
    assert shown("[<<A>>]", A=text, B="secret") == f"[{text}]"


@pytest.mark.parametrize("text", ["<<B>>", "{{ B }}", "{% for x in B %}", '"] }} {{ B', "{% raw %}"])
def test_a_value_that_looks_like_a_prompt_is_shown_as_it_is(text: str) -> None:
    assert shown("[<<A>>]", A=text, B="secret") == f"[{text}]"


def test_a_mark_has_the_same_bounds_as_any_value() -> None:
    with pytest.raises(prompts.PromptRunaway):
        shown("<<A>><<A>>", A="x" * 600_000)


def test_what_is_missing_is_told_by_its_name_beside_a_mark() -> None:
    with pytest.raises(prompts.PromptInvalid, match="'town' is not among the inputs"):
        shown("<<CITY>> {{ town }}", CITY="Rome")


def test_marks_are_listed_once_in_order_of_appearance() -> None:
    assert marks.names("<<b>> <<A>> {{ '<<c>>' }} <<b>>") == ("b", "A")


def test_a_step_tells_the_inputs_that_it_expects() -> None:
    step = Step("a", "{{ text }} <<CITY>> {{ outputs.b }}", CHOICE, system="{{ tone }} {{ text }}")
    looped = Step("a", "{{ item }} {{ number }} {{ last }}", CHOICE, each=Each("x"))
    again = Step("a", "{{ item }} {{ last }} {{ round }}", CHOICE, repeat=Repeat(2))

    assert placeholders(step) == ("CITY", "text", "tone")
    assert placeholders(looped) == ("last",)
    assert placeholders(again) == ("item",)
