"""Expressions of a step, by minijinja: bounded work over plain values, and no error repeats one."""

import re
from collections.abc import Mapping
from typing import Final

import minijinja

from app.domain.errors import PromptRunaway
from app.domain.flow import MOST_ITEMS
from app.domain.run_errors import ExpressionInvalid, TooManyItems
from app.services import prompts

LONGEST: Final = 1_000
QUOTED: Final = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
METHOD: Final = re.compile(r"\.\s*(\w+)\s*\(")
FILTER: Final = re.compile(r"\|\s*(\w+)")
TEST: Final = re.compile(r"\bis\s+(?:not\s+)?(\w+)")
CALL: Final = re.compile(r"(\|\s*|\bis\s+(?:not\s+)?|\.\s*)?\b([A-Za-z_]\w*)\s*\(")
WORDS: Final = frozenset({"and", "or", "not", "in", "if", "else", "is"})
FUNCTIONS: Final = frozenset({"range", "dict"})
KIND: Final = (
    "'nothing' if ({0}) is undefined else 'none' if ({0}) is none else 'a text' if ({0}) is string"
    " else 'an object' if ({0}) is mapping else 'a list' if ({0}) is iterable else 'one value'"
)
MISSING: Final = re.compile(r"`([\w.\-]{1,100})` is undefined")


def _range(first: int, end: int | None = None, step: int = 1) -> list[int]:
    """As everywhere, over no more numbers than a step may ask."""
    numbers = range(first) if end is None else range(first, end, step)
    return list(numbers[: MOST_ITEMS + 1])


def _environment() -> minijinja.Environment:
    environment = prompts.environment(methods=False)
    for name in ("debug", "namespace"):
        environment.remove_global(name)
    environment.add_global("range", _range)
    return environment


_ENVIRONMENT: Final = _environment()


def check(expression: str, field: str) -> None:
    """Raises ExpressionInvalid for what does not parse, or names a filter, a test or a function that is not there.

    Methods and `*` are refused: both can make gigabytes of a short text in one operation, where no fuel is burnt.
    """
    if len(expression) > LONGEST:
        raise ExpressionInvalid(f"an expression has at most {LONGEST} characters", field=field)
    if not expression.strip():
        raise ExpressionInvalid("an expression is expected", field=field)
    _parse(f"none if true else {expression}", field)  # as it was written, so that no bracket of ours is told of
    for opening, closing in ("[]", "()"):  # what is whole in both kinds of brackets leaves neither
        _parse(f"false and {opening}{expression}{closing}", field)
    bare = QUOTED.sub("''", expression)
    if "*" in bare:
        raise ExpressionInvalid("an expression does not multiply", field=field)
    method = METHOD.search(bare)
    if method is not None:
        raise ExpressionInvalid(f"there are no methods: use a filter or a test for {method[1]!r}", field=field)
    for place, name in CALL.findall(bare):
        if not place and name not in WORDS | FUNCTIONS:
            raise ExpressionInvalid(f"there is no function {name!r}", field=field)
    for name in FILTER.findall(bare):
        _probe(f"'' | {name}", "UnknownFilter", f"there is no filter {name!r}", field)
    for name in TEST.findall(bare):
        _probe(f"'' is {name}", "UnknownTest", f"there is no test {name!r}", field)


def names(expression: str) -> frozenset[str]:
    """What the expression looks up: `word`, or `outputs.draft` where it looks into an object by name."""
    return frozenset(_ENVIRONMENT.undeclared_variables_in_str(_as_text(expression), nested=True)) - FUNCTIONS


def truth(expression: str, values: Mapping[str, object], field: str) -> bool:
    """Whether the expression holds: a text, list or object that is empty, 0 and none do not.

    Raises ExpressionInvalid for a value that is not there or an operation that does not fit, PromptRunaway beyond its
    bounds.
    """
    return _evaluated(f"true if ({expression}) else false", values, field) is True


def items(expression: str, values: Mapping[str, object], most: int, field: str) -> list[object]:
    """The list that the expression gives. Raises as `truth` does, and TooManyItems for more than `most`."""
    kind = _evaluated(KIND.format(expression), values, field)
    if kind == "nothing":
        truth(expression, values, field)  # says what is not there
    if kind != "a list":
        raise ExpressionInvalid(f"a list is expected; the expression gives {kind}", field=field)
    found = _evaluated(f"(({expression}) | list)[:{most + 1}]", values, field)
    if not isinstance(found, list):
        raise TypeError("the filter `list` gave no list")
    if len(found) > most:
        raise TooManyItems(f"the list holds more than {most} items", field=field)
    return found


def _parse(source: str, field: str) -> None:
    try:
        _ENVIRONMENT.eval_expr(source)
    except minijinja.TemplateError as error:
        raise ExpressionInvalid(f"the expression does not parse: {error.detail or 'it is cut'}", field=field) from None


def _probe(source: str, kind: str, message: str, field: str) -> None:
    """Whether there is a filter or a test is found out by using it; what it says of the text is of no interest."""
    try:
        _ENVIRONMENT.eval_expr(source)
    except minijinja.TemplateError as error:
        if error.kind == kind:
            raise ExpressionInvalid(message, field=field) from None
    except (TypeError, ValueError):
        return


def _evaluated(source: str, values: Mapping[str, object], field: str) -> object:
    try:
        return _ENVIRONMENT.eval_expr(source, **values)
    except prompts.TooLong:
        raise PromptRunaway(f"the expression grew over {prompts.MAX_CHARS} characters", field=field) from None
    except (TypeError, ValueError):
        raise ExpressionInvalid("the expression gives a filter what it cannot take", field=field) from None
    except minijinja.TemplateError as error:
        limit = prompts.limit_passed(error, what="expression")
        if limit is not None:
            raise PromptRunaway(f"the expression cannot be evaluated: {limit}", field=field) from None
        raise ExpressionInvalid(f"the expression cannot be evaluated: {_reason(error)}", field=field) from None


def _reason(error: minijinja.TemplateError) -> str:
    if error.kind != "UndefinedError":
        return prompts.told(error)
    found = MISSING.fullmatch(error.detail or "")
    return f"{found[1]!r} is not there" if found is not None else "a value is not there"


def _as_text(expression: str) -> str:
    return "{% if (" + expression + ") %}{% endif %}"
