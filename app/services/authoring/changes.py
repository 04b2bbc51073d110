"""What applying files would do to one thing, and how it is tried and done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from typing import Final, Literal

from app.services.authoring.yaml_reading import Document, Path
from app.services.authoring.yaml_writing import dump

Kind = Literal["use-case", "flow", "experiment", "task", "budget", "webhook"]
Verdict = Literal["create", "change", "start", "delete", "keep", "same"]
DOES: Final[frozenset[Verdict]] = frozenset({"create", "change", "start", "delete"})
Told = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something cannot be done; `field` and `line` where files say it wrongly, 0 where no line does."""

    code: str
    message: str
    file: str = ""
    line: int = 0
    field: str = ""

    def __str__(self) -> str:
        """As a person reads it."""
        where = f"{self.file}:{self.line}: " if self.file else ""
        return where + (f"{self.field}: " if self.field else "") + self.message


@dataclass(frozen=True, slots=True)
class Change:
    """One thing: what becomes of it, and the difference line by line. `keep`: it is in no file and stays."""

    kind: Kind
    name: str
    verdict: Verdict
    diff: str = ""
    refused: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """A change, where it is written, and how it is tried without effect and done; both raise what the doors raise."""

    change: Change
    check: Callable[[], None]
    write: Callable[[], None]
    document: Document | None = None
    path: Path = ()


def nothing() -> None:
    """Neither tries nor does anything."""


def kept(kind: Kind, name: str) -> Intent:
    """What stands in no file and stays."""
    return Intent(Change(kind, name, "keep"), nothing, nothing)


def same(kind: Kind, name: str) -> Intent:
    """What is as the files say."""
    return Intent(Change(kind, name, "same"), nothing, nothing)


def verdict(before: Told | None, after: Told | None) -> Verdict:
    """What becomes of a thing that is told so before and after."""
    if before is None:
        return "create"
    if after is None:
        return "delete"
    return "same" if before == after else "change"


def diff(name: str, before: Told | None, after: Told | None) -> str:
    """The difference as files would show it."""
    old, new = ("" if told is None else dump(told) for told in (before, after))
    lines = unified_diff(
        old.splitlines(), new.splitlines(), "stored" if before else "nothing", name if after else "nothing", lineterm=""
    )
    return "\n".join(lines)
