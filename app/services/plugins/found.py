"""Entry points: what is installed beside the service under a group's name, loaded when it is wanted."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Final, Literal, get_args

from app.domain.errors import Invalid

Group = Literal["model_match.hooks", "model_match.scorers", "model_match.difficulty", "model_match.providers"]
GROUPS: Final[tuple[Group, ...]] = get_args(Group)


@dataclass(frozen=True, slots=True)
class Installed:
    """One entry point; `error` names the exception with which it does not load, None where it does."""

    group: Group
    name: str
    distribution: str | None
    version: str | None
    error: str | None


def installed() -> Iterator[Installed]:
    """All there are, by group and name; each is loaded to see whether it can be."""
    for group in GROUPS:
        for name, entry in sorted(_named(group).items()):
            error = None
            try:
                entry.load()
            except (Exception, SystemExit) as raised:  # a stranger's code; what it says may hold a secret
                error = type(raised).__name__
            by = entry.dist
            yield Installed(group, name, by.name if by else None, by.version if by else None, error)


def names(group: Group) -> tuple[str, ...]:
    """The names of the group's entry points."""
    return tuple(sorted(_named(group)))


def load(group: Group, name: str, *, field: str) -> object:
    """What the entry point stands for. Raises Invalid when there is none of that name, or it does not load."""
    found = _named(group)
    if name not in found:
        known = ", ".join(sorted(found)) or "there is none"
        raise Invalid(f"no entry point {name!r} of group {group} is installed ({known})", field=field)
    try:
        loaded: object = found[name].load()
    except (Exception, SystemExit) as error:  # a stranger's code, which must not stop anything without a word
        raise Invalid(f"entry point {name!r} does not load ({type(error).__name__})", field=field) from error
    return loaded


def _named(group: Group) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=group)}
