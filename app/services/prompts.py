"""A prompt is rendered by minijinja with bounded work and bounded text; it sees plain values and nothing else."""

import re
import threading
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Final

import minijinja
import orjson

from app.domain.errors import Invalid, PromptInvalid, PromptRunaway
from app.services import marks

FUEL: Final = 50_000
MAX_CHARS: Final = 1_000_000
# Each of these can turn a short text into gigabytes inside one operation, where no fuel is burnt.
UNBOUNDED_FILTERS: Final = frozenset(
    ("batch", "center", "format", "indent", "join", "pprint", "replace", "slice", "string", "tojson", "wordwrap")
)
TAG: Final = re.compile(r"\{%[-+]?\s*(\w+)")
EXPRESSION: Final = re.compile(r"`(.{1,100})` is undefined")
# Details that hold kinds of values or names out of the prompt, never a value; any other is left untold.
PLAIN: Final = re.compile(
    r"tried to use \S+ operator on unsupported types [\w ]+"
    r"|(filter|test) \w+ is unknown|\w+ is unknown"
    r"|(value of type )?[\w ]+ (is not (iterable|callable)|has no method named \w+)"
)
LIMITS: Final = {
    "range has too many elements": "a range has at most 100000 elements",
    "repeated string is too large": "a repeated text is too large",
}
TAGS: Final = frozenset({"for", "endfor", "if", "elif", "else", "endif", "raw", "endraw"})


class TooLong(Exception):
    """The rendered text passed MAX_CHARS."""


_printed = threading.local()


def _bounded(value: object) -> object:
    _printed.chars += _size(value, MAX_CHARS - _printed.chars)
    if _printed.chars > MAX_CHARS:
        raise TooLong
    return value


def _size(value: object, room: int) -> int:
    """About how many characters the value prints as; stops counting once there is no room."""
    match value:
        case str():
            return len(value)
        case dict():
            parts: Iterable[object] = chain.from_iterable(value.items())
        case list() | tuple():
            parts = value
        case _:
            return len(str(value))
    size = 2
    for part in parts:
        size += 2 + _size(part, room - size)
        if size > room:
            break
    return size


def _tojson(value: object) -> str:
    if _size(value, MAX_CHARS) > MAX_CHARS:
        raise TooLong
    return orjson.dumps(value).decode()


def _join(values: object, separator: object = "") -> str:
    parts = [str(value) for value in values] if isinstance(values, list | tuple) else list(str(values))
    if sum(map(len, parts)) + len(str(separator)) * len(parts) > MAX_CHARS:
        raise TooLong
    return str(separator).join(parts)


def _replace(value: object, old: object, new: object) -> str:
    text, needle = str(value), str(old)
    if len(text) + text.count(needle) * len(str(new)) > MAX_CHARS:
        raise TooLong
    return text.replace(needle, str(new))


def environment(*, methods: bool = True) -> minijinja.Environment:
    """What prompts, and expressions, know: bounded filters, and methods of texts and lists unless they are refused."""
    environment = minijinja.Environment(
        fuel=FUEL, undefined_behavior="strict", auto_escape_callback=lambda _: False, pycompat=methods
    )
    for name in UNBOUNDED_FILTERS:
        environment.remove_filter(name)
    environment.add_filter("join", _join)
    environment.add_filter("replace", _replace)
    environment.add_filter("tojson", _tojson)
    environment.finalizer = _bounded
    return environment


_ENVIRONMENT: Final = environment()


def placeholders(source: str, *, field: str) -> tuple[str, ...]:
    """Names the prompt expects among its inputs, sorted.

    Raises PromptInvalid when it does not parse or uses a tag other than `for`, `if` and `raw`.
    """
    for tag in TAG.findall(source):
        if tag not in TAGS:
            raise PromptInvalid(f"the tag {tag!r} is not allowed in a prompt", field=field)
    try:
        return tuple(sorted(_ENVIRONMENT.undeclared_variables_in_str(source)))
    except minijinja.TemplateError as error:
        raise PromptInvalid(f"the prompt does not parse: {_where(error)}", field=field) from error


def looked_up(source: str) -> frozenset[str]:
    """What a prompt that parses looks up: `word`, or `outputs.draft` where it looks into an object by name."""
    return frozenset(_ENVIRONMENT.undeclared_variables_in_str(source, nested=True))


def render(source: str, values: Mapping[str, object], *, field: str) -> str:
    """The text of the prompt with `values` filled in; of a mark `<<NAME>>` where there is a value of that name.

    Raises PromptInvalid for an undefined variable, PromptRunaway when fuel or length run out. Neither repeats a value.
    """
    written, marked = marks.opened(source, values) if "<<" in source else (source, {})
    if "{" not in written:
        return written
    _printed.chars = len(source)
    try:
        return _ENVIRONMENT.render_str(written, **{**values, **marked} if marked else values)
    except TooLong as error:
        raise PromptRunaway(f"the prompt grew over {MAX_CHARS} characters", field=field) from error
    except (TypeError, ValueError) as error:
        raise PromptInvalid("the prompt gives a filter what it cannot take", field=field) from error
    except minijinja.TemplateError as error:
        raise _refusal(error, source, values, field) from error


def _refusal(error: minijinja.TemplateError, source: str, values: Mapping[str, object], field: str) -> Invalid:
    """What stopped the rendering, told with names out of the prompt and without any value."""
    limit = limit_passed(error, what="prompt")
    if limit is not None:
        return PromptRunaway(f"the prompt cannot be rendered: {limit}", field=field)
    wanted = placeholders(source, field=field)  # a prompt that does not parse is told as such
    if error.kind == "UndefinedError":
        return PromptInvalid(f"the prompt cannot be rendered: {_undefined(error, wanted, values)}", field=field)
    return PromptInvalid(f"the prompt cannot be rendered at line {error.line}: {told(error)}", field=field)


def limit_passed(error: minijinja.TemplateError, *, what: str) -> str | None:
    """Which bound was passed; None when it is another error."""
    return f"the {what} used up its fuel" if error.kind == "OutOfFuel" else LIMITS.get(error.detail or "")


def told(error: minijinja.TemplateError) -> str:
    """The reason as far as it holds no value."""
    plain = PLAIN.fullmatch(error.detail or "") is not None
    return error.detail or "" if plain else "an operation does not fit its values"


def _undefined(error: minijinja.TemplateError, wanted: tuple[str, ...], values: Mapping[str, object]) -> str:
    found = EXPRESSION.fullmatch(error.detail or "")
    if found is not None and (found[1] in values or found[1] not in wanted):
        return f"{found[1]!r} is undefined"
    missing = [found[1]] if found is not None else [name for name in wanted if name not in values]
    return f"{missing[0]!r} is not among the inputs" if missing else "a value is undefined"


def _where(error: minijinja.TemplateError) -> str:
    """Line and reason; the parser has seen no value, so its words can quote the prompt alone."""
    return f"line {error.line}: {error.detail or 'a text is not written correctly'}"
