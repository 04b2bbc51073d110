"""YAML is read as JSON is: plain values, each key once, nothing that expands; every value keeps the line it stands on.

Texts stay texts: only `true`, `false`, `null`, whole numbers and decimals are anything else, so that `no` and
`2026-11-22` mean what they look like.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import yaml

Path = tuple[str | int, ...]  # keys and positions from the root of a file to a value in it
DEEPEST: Final = 40
CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
TAG: Final = "tag:yaml.org,2002:"
PLAIN: Final = (
    ("null", re.compile(r"~|null|"), ["~", "n", ""]),
    ("bool", re.compile(r"true|false"), list("tf")),
    ("int", re.compile(r"[-+]?(?:0|[1-9][0-9]*)"), list("-+0123456789")),
    ("float", re.compile(r"[-+]?[0-9]+\.[0-9]*(?:[eE][-+][0-9]+)?"), list("-+0123456789")),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a file: `line` counts from 1, `field` is a path such as `flows[0].steps[1].prompt`, or empty."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        """As an editor opens it."""
        return f"{self.file}:{self.line}: " + (f"{self.field}: " if self.field else "") + self.message


class FilesInvalid(ValueError):
    """The files cannot be read as configuration; every fault that was found is told."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Document:
    """A file's value, and on which line each value in it stands."""

    file: str
    value: object
    lines: Mapping[Path, int]

    def line(self, path: Path) -> int:
        """The line of the value, or of the nearest one that holds it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def fault(self, path: Path, message: str) -> Fault:
        """What is wrong with the value at `path`."""
        return Fault(self.file, self.line(path), told(path), message)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # one of two, by what was built
    """Knows plain values alone."""


_Loader.yaml_implicit_resolvers = {}
for _name, _shape, _first in PLAIN:
    _Loader.add_implicit_resolver(TAG + _name, re.compile(rf"(?:{_shape.pattern})\Z"), _first)


def read(text: str, file: str) -> Document:
    """The document of a file of that name. Raises FilesInvalid for what is no YAML, or more than plain values."""
    try:
        _refuse_links(text, file)
        root = yaml.compose(text, Loader=_Loader)  # a subclass of the safe loader; nothing is constructed
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        raise FilesInvalid([Fault(file, line, "", str(error.problem or "this is no YAML"))]) from None
    except yaml.YAMLError:
        raise FilesInvalid([Fault(file, 1, "", "this is no YAML: a character that is not allowed")]) from None
    lines: dict[Path, int] = {}
    value = None if root is None else _value(root, (), lines, file)
    return Document(file, value, lines)


def told(path: Path) -> str:
    """The path as people write it: `flows[0].steps[1].prompt`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def path_of(field: str) -> Path:
    """The path that is told as `field`."""
    found = re.findall(r"\[(\d+)\]|([^.\[\]]+)", field)
    return tuple(int(position) if position else name for position, name in found)


def _refuse_links(text: str, file: str) -> None:
    """An alias stands for a value elsewhere; a few lines of them can stand for gigabytes."""
    for event in _events(text, file):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise FilesInvalid(
                [Fault(file, _line(event), "", "anchors and aliases are not allowed; write the value out")]
            )


def _events(text: str, file: str) -> Iterator[yaml.Event]:
    deep = 0
    for event in yaml.parse(text, Loader=_Loader):
        deep += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if deep > DEEPEST:
            raise FilesInvalid([Fault(file, _line(event), "", f"more than {DEEPEST} values in each other")])
        yield event


def _line(event: yaml.Event) -> int:
    return 1 if event.start_mark is None else int(event.start_mark.line) + 1


def _value(at: yaml.Node, path: Path, lines: dict[Path, int], file: str) -> object:
    lines[path] = at.start_mark.line + 1
    if isinstance(at, yaml.MappingNode) and at.tag == TAG + "map":
        return _mapping(at, path, lines, file)
    if isinstance(at, yaml.SequenceNode) and at.tag == TAG + "seq":
        return [_value(part, (*path, position), lines, file) for position, part in enumerate(at.value)]
    text = str(at.value)
    if CONTROL.search(text):
        raise FilesInvalid([Fault(file, lines[path], told(path), "control characters are not allowed")])
    match at.tag.removeprefix(TAG):
        case "str":
            return text
        case "null":
            return None
        case "bool":
            return text == "true"
        case "int" if len(text) <= 20:
            return int(text)
        case "float" if len(text) <= 40:
            return float(text)
    raise FilesInvalid([Fault(file, lines[path], told(path), "a plain value is expected, without a tag")])


def _mapping(at: yaml.MappingNode, path: Path, lines: dict[Path, int], file: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in at.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise FilesInvalid([Fault(file, line, told(path), "a key is a text")])
        name = str(key.value)
        if CONTROL.search(name):
            raise FilesInvalid([Fault(file, line, told(path), "control characters are not allowed")])
        if name in found:
            raise FilesInvalid([Fault(file, line, told((*path, name)), "this key stands twice")])
        found[name] = _value(value, (*path, name), lines, file)
        lines[(*path, name)] = line
    return found
