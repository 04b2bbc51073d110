"""A prompt shows its inputs, names what it misses, and cannot be made to run away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import PromptInvalid, PromptRunaway
from app.services import prompts
from app.services.prompts import MAX_CHARS, UNBOUNDED_FILTERS, placeholders, render

BIG = "x" * 300_000
LOOPS = "{% for a in b %}{% for c in b %}{% for d in b %}{{ a }}{% endfor %}{% endfor %}{% endfor %}"


def shown(source: str, **values: object) -> str:
    """The rendered prompt."""
    return render(source, values, field="prompt")


@given(st.text())
def test_inputs_are_shown_as_they_are(text: str) -> None:
    assert shown("<{{ a }}>", a=text) == f"<{text}>"


@given(st.text().filter(lambda text: "{" not in text))
def test_a_prompt_without_braces_is_itself(text: str) -> None:
    assert shown(text) == text
    assert placeholders(text, field="prompt") == ()


def test_conditions_loops_and_raw_text_are_there() -> None:
    source = (
        "{% if a %}{% for b in c %}{{ b }},{% endfor %}{% elif d %}d{% else %}e{% endif %}{% raw %}{{ f }}{% endraw %}"
    )

    assert shown(source, a=True, c=[1, 2]) == "1,2,{{ f }}"
    assert shown(source, a=False, d=True) == "d{{ f }}"
    assert placeholders(source, field="prompt") == ("a", "c", "d")


def test_a_prompt_can_look_into_objects() -> None:
    assert shown("{{ a.b[1] }}", a={"b": [1, "two"]}) == "two"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ a | join('-') }}", "x-y"),
        ("{{ a | join }}", "xy"),
        ("{{ 'xyz' | join('.') }}", "x.y.z"),
        ("{{ 'banana' | replace('an', '_') }}", "b__a"),
        ("{{ a | tojson }}", '["x","y"]'),
    ],
)
def test_the_bounded_filters_do_what_their_names_say(source: str, said: str) -> None:
    assert shown(source, a=["x", "y"]) == said


def test_a_missing_input_is_named_with_its_field() -> None:
    with pytest.raises(PromptInvalid, match="'name' is not among the inputs") as refused:
        shown("Hello {{ name }}")

    assert refused.value.field == "prompt"


def test_an_error_does_not_repeat_a_value() -> None:
    with pytest.raises(PromptInvalid) as refused:
        shown("{{ secret.missing.more }}", secret={"value": "hunter2"})

    assert "hunter2" not in refused.value.message


@pytest.mark.parametrize("source", ["{{ a", "{% if a %}", "{{ a b }}", "{% for %}{% endfor %}", "{{ a | nofilter("])
def test_what_does_not_parse_is_refused(source: str) -> None:
    with pytest.raises(PromptInvalid):
        placeholders(source, field="prompt")
    with pytest.raises(PromptInvalid):
        shown(source, a=1)


@pytest.mark.parametrize(
    "tag", ["set", "macro", "include", "import", "extends", "block", "filter", "call", "do", "with"]
)
@pytest.mark.parametrize("opening", ["{%", "{%-", "{%+", "{% \n"])
def test_tags_that_keep_or_fetch_text_are_refused(tag: str, opening: str) -> None:
    with pytest.raises(PromptInvalid, match=tag):
        placeholders(f"{opening} {tag} x %}}", field="prompt")


@pytest.mark.parametrize("name", sorted(set(UNBOUNDED_FILTERS) - {"join", "replace", "tojson"}))
def test_filters_that_make_text_without_bound_are_not_there(name: str) -> None:
    with pytest.raises(PromptInvalid):
        shown("{{ a | " + name + "(9) }}", a="x")


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        LOOPS,
        "{% for a in b %}{{ big }}{% endfor %}",
        "{{ big }}{{ big }}{{ big }}{{ big }}",
        "{{ b | join(big) }}",
        "{{ bigs | join }}",
        "{{ big | replace('x', 'yyyyyyyy') }}",
        "{{ big | replace('', big) }}",
        "{{ bigs | tojson }}",
        "{{ bigs }}",
        "{{ nested }}",
    ],
)
def test_a_bomb_is_stopped(source: str) -> None:
    values = {"b": list(range(300)), "big": BIG, "bigs": [BIG] * 4, "nested": {"a": {"b": [BIG, {"c": [BIG] * 4}]}}}

    with pytest.raises(PromptRunaway) as stopped:
        render(source, values, field="prompt")

    assert stopped.value.field == "prompt"
    assert len(stopped.value.message) < 100


@pytest.mark.parametrize("source", ["{{ 'x' * 999999999 }}", "{{ a * 999999999 }}", "{{ [1] * 999999999 }}"])
def test_multiplying_text_is_no_way_out(source: str) -> None:
    with pytest.raises((PromptInvalid, PromptRunaway)):
        shown(source, a="x")


@pytest.mark.parametrize("source", ["{{ a ~ a ~ a ~ a ~ a }}", "{{ a + a + a + a + a }}"])
def test_joined_texts_count_as_printed(source: str) -> None:
    with pytest.raises((PromptInvalid, PromptRunaway)):
        shown(source, a=BIG)


@pytest.mark.parametrize(
    "source",
    [
        "{{ a | tojson(9) }}",
        "{{ a | tojson(indent=9) }}",
        "{{ a | join(1, 2) }}",
        "{{ a | replace('x') }}",
        "{{ big | tojson }}",
    ],
)
def test_a_filter_with_wrong_arguments_is_an_error_of_the_prompt(source: str) -> None:
    with pytest.raises(PromptInvalid):
        shown(source, a=["x"], big=2**70)


@pytest.mark.parametrize("source", ["{{ a | slice(100000000) }}", "{{ a | batch(100000000, 'x') }}"])
def test_filters_that_make_lists_without_bound_are_not_there(source: str) -> None:
    with pytest.raises(PromptInvalid, match=r"filter (slice|batch) is unknown"):
        shown(source, a=["x"])


def test_endless_recursion_is_stopped() -> None:
    with pytest.raises((PromptInvalid, PromptRunaway)):
        shown("{% for x in a recursive %}{{ loop(a) }}{% endfor %}", a=["x"])


def test_a_prompt_as_long_as_allowed_passes() -> None:
    assert len(shown("{{ a }}", a="x" * (MAX_CHARS - 10))) == MAX_CHARS - 10


def test_one_prompt_does_not_use_up_the_room_of_the_next() -> None:
    for _ in range(3):
        assert len(shown("{{ a }}{{ a }}", a=BIG)) == 2 * len(BIG)


def test_the_module_is_safe_after_a_bomb() -> None:
    with pytest.raises(PromptRunaway):
        shown("{{ a }}{{ a }}{{ a }}{{ a }}", a=BIG)

    assert prompts.render("{{ a }}", {"a": 1}, field="prompt") == "1"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("a\n{{ unclosed", "line 2: unexpected end of input, expected end of variable block"),
        ("{% if %}x{% endif %}", "line 1: unexpected end of block"),
        ("{{ '\\ud800' }}", "line 1: a text is not written correctly"),
    ],
)
def test_what_does_not_parse_is_told_with_its_line(source: str, said: str) -> None:
    with pytest.raises(PromptInvalid, match="does not parse") as refused:
        placeholders(source, field="prompt")

    assert refused.value.message.endswith(said)


@pytest.mark.parametrize(
    ("source", "limit"),
    [("{% for a in range(100000000) %}{% endfor %}", "100000 elements"), ("{{ who.name * 10000000000 }}", "too large")],
)
def test_a_limit_inside_one_operation_is_told(source: str, limit: str) -> None:
    with pytest.raises(PromptRunaway, match=limit):
        shown(source, who={"name": "hunter2"})


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ who.name }}", "'who.name' is undefined"),
        ("{{ who['first name'] }}", "\"who['first name']\" is undefined"),
        ("{{ who[key] }}", "'who[...]' is undefined"),
        ("{{ key + 1 }}", "unsupported types string and number"),
        ("{% for a in number %}{% endfor %}", "number is not iterable"),
        ("{{ key.shout() }}", "string has no method named shout"),
        ("{{ key | int }}", "an operation does not fit its values"),
    ],
)
def test_what_stopped_the_rendering_is_named_and_no_value_is(source: str, said: str) -> None:
    with pytest.raises(PromptInvalid) as refused:
        shown(source, who={}, key="hunter2", number=5)

    assert refused.value.message.endswith(said)
    assert "hunter2" not in refused.value.message
