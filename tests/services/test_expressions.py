"""An expression looks at inputs and outputs, is refused where it could not be evaluated, and never repeats a value."""

import pytest

from app.domain.errors import PromptRunaway
from app.domain.run_errors import ExpressionInvalid, TooManyItems
from app.services.expressions import LONGEST, check, items, names, truth

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("expression", "looked_up"),
    [
        ("outputs.draft == 'x'", {"outputs.draft"}),
        ("parsed.a[0].b and not word", {"parsed.a", "word"}),
        ("'a*b' == x", {"x"}),
        ("x is defined and x is not none", {"x"}),
        ("x | split(',') | length > 3", {"x"}),
        ("outputs['my-step'] == '1'", {"outputs"}),
        ("range(3)", set()),
        ("{'a': {'b': 1}}.a.b", set()),
        ("(a or b) and c in ['x', 'y']", {"a", "b", "c"}),
        ("'}}' in a", {"a"}),
        ("'%}' in a", {"a"}),
    ],
)
def test_a_good_expression_tells_what_it_looks_up(expression: str, looked_up: set[str]) -> None:
    check(expression, "steps[0].when")

    assert names(expression) == looked_up


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("a ==", "unexpected end of input, expected expression"),
        ("a b", "unexpected input after expression"),
        ("x |", "unexpected end of input, expected identifier"),
        ("a or (b", "unexpected end of input, expected `)`"),
    ],
)
def test_what_does_not_parse_is_told_in_terms_of_what_was_written(expression: str, told: str) -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        check(expression, "steps[0].when")

    assert refused.value.message == f"the expression does not parse: {told}"


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "  ",
        "a b",
        "a) or (b",
        "a] or [b",
        "'unclosed",
        "a ==",
        "x %}{% include 'y' %}{% if z",
        "x | nofilter",
        "x is notest",
        "open('/etc/passwd')",
        "x.upper()",
        "x . upper ()",
        "debug()",
        "3 * 4",
        "'x' * 1000000",
        "x ** x",
        "x | tojson | pprint",
        "a" * (LONGEST + 1),
    ],
)
def test_what_could_not_be_evaluated_is_refused(expression: str) -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        check(expression, "steps[0].when")

    assert refused.value.field == "steps[0].when"


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("a", True),
        ("none_", False),
        ("not none_", True),
        ("outputs.x == 'yes'", True),
        ("'es' in outputs.x", True),
        ("outputs.skipped is none", True),
        ("outputs.skipped == 'yes'", False),
        ("number | int > 4", True),
        ("nobody is defined and nobody == 1", False),
        ("empty or list", True),
        ("empty", False),
        ("list | length == 2 and list[1] == 2", True),
        ("parsed.x.ok", True),
        ("outputs.x | lower is startingwith('y')", True),
    ],
)
def test_an_expression_holds_or_does_not(expression: str, holds: bool) -> None:
    values = {
        "a": "text",
        "none_": None,
        "outputs": {"x": "yes", "skipped": None},
        "parsed": {"x": {"ok": True}},
        "number": "5",
        "empty": [],
        "list": [1, 2],
    }
    check(expression, "when")

    assert truth(expression, values, "when") is holds


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("nobody", "'nobody' is not there"),
        ("outputs.nobody == 1", "'outputs.nobody' is not there"),
        ("outputs.x.a.b", "not there"),
        ("outputs.x | int", "does not fit"),
        ("1 / (outputs.x | length - 7)", "does not fit"),
        ("outputs.x | join(1, 2)", "what it cannot take"),
    ],
)
def test_what_cannot_be_evaluated_is_told_without_a_value(expression: str, said: str) -> None:
    with pytest.raises(ExpressionInvalid, match=said) as refused:
        truth(expression, {"outputs": {"x": SECRET}}, "steps[1].when")

    assert refused.value.field == "steps[1].when"
    assert SECRET not in refused.value.message


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("a", [1, {"x": 2}]),
        ("a[:1]", [1]),
        ("text | split(',')", ["x", "y"]),
        ("text | lines", ["x,y"]),
        ("range(3)", [0, 1, 2]),
        ("a | select('odd')", [1]),
        ("[text, 3]", ["x,y", 3]),
        ("none_ or []", []),
    ],
)
def test_a_list_is_given_as_it_is(expression: str, found: list[object]) -> None:
    values = {"a": [1, {"x": 2}], "text": "x,y", "none_": None}
    if "select" in expression:
        values["a"] = [1, 2]
    check(expression, "over")

    assert items(expression, values, 10, "over") == found


@pytest.mark.parametrize(
    ("expression", "said"),
    [("text", "a text"), ("object", "an object"), ("none_", "none"), ("1", "one value"), ("nobody", "'nobody'")],
)
def test_what_is_no_list_is_named_by_its_kind(expression: str, said: str) -> None:
    values = {"text": SECRET, "object": {SECRET: 1}, "none_": None}

    with pytest.raises(ExpressionInvalid, match=said) as refused:
        items(expression, values, 10, "steps[0].each.over")

    assert SECRET not in refused.value.message


def test_a_list_is_as_long_as_it_may_be_and_no_longer() -> None:
    assert items("a", {"a": list(range(5))}, 5, "over") == list(range(5))

    for given in ("a", "range(100000)", "a | map('string')"):
        with pytest.raises((TooManyItems, ExpressionInvalid)):
            items(given, {"a": list(range(6))}, 5, "over")


@pytest.mark.parametrize("expression", ["range(999999999)", "[range(999999999), range(999999999)]"])
def test_a_range_makes_no_more_than_a_step_may_ask(expression: str) -> None:
    with pytest.raises(TooManyItems):
        items(expression, {}, 1, "over")


def test_texts_grow_within_their_bounds() -> None:
    values = {"big": "x" * 900_000, "some": ["x" * 900_000] * 3}

    for expression in ("some | join", "big | replace('x', 'yy')", "some | tojson"):
        with pytest.raises(PromptRunaway):
            truth(expression, values, "when")
