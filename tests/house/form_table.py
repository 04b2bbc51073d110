"""A form as a document tells it in a table: each field by its path, with its default, its unit and its meaning."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel

ROW = re.compile(r"^\| `([\w.*]+)` \| (.+?) \| (?:`(.+?)`)? \| (.+) \|$", re.M)


@dataclass(frozen=True, slots=True)
class FormTable:
    """The table in `text`, and the `forms` by the path before their fields; `unlisted` ones stand for themselves."""

    text: str
    forms: Mapping[str, type[BaseModel]]
    unlisted: frozenset[str]

    @property
    def fields(self) -> dict[str, str]:
        """Every field by its path, with its default as JSON, empty where it is needed."""
        return {
            before + name: "" if field.is_required() else json.dumps(field.get_default(call_default_factory=True))
            for before, form in self.forms.items()
            for name, field in form.model_fields.items()
            if before + name not in self.unlisted
        }

    @property
    def defaults(self) -> dict[str, str]:
        """The defaults that the table tells, by path."""
        return {path: default for path, _, default, _ in ROW.findall(self.text)}

    @property
    def paths(self) -> list[str]:
        """The paths of the table, in order, also those that stand twice."""
        return [path for path, *_ in ROW.findall(self.text)]

    @property
    def wordless(self) -> list[str]:
        """Paths without a unit or a meaning."""
        return [path for path, unit, _, meaning in ROW.findall(self.text) if not (unit.strip() and meaning.strip())]

    @property
    def unseen(self) -> set[str]:
        """Forms within the whole form that are not looked at, or the other way round."""
        whole = self.forms[""]
        within = {*whole.model_json_schema()["$defs"], whole.__name__}
        return within ^ {form.__name__ for form in self.forms.values()}
