"""A preference is the model that a user or a team wants for a task, whoever else does it."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["user", "team"]


@dataclass(frozen=True, slots=True)
class Preference:
    """`who` is the id of the user, or the name of the team; `model` a slug, `auto` or `auto/<strategy>`."""

    task: str
    kind: Kind
    who: str
    model: str
