"""Variables named AI_<TASK>_MODEL say which model does which task until something else is stored."""

import re
from collections.abc import Mapping
from typing import Final

from app.domain.errors import Invalid
from app.services.catalogue import Catalogue
from app.services.tasks import checked

VARIABLE: Final = re.compile(r"AI_([A-Z0-9]+(?:_[A-Z0-9]+)*)_MODEL")


def models_by_task(
    catalogue: Catalogue, variables: Mapping[str, str], *, known: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Model by task, of AI_SUMMARIES_MODEL for task `summaries`; an empty variable says nothing.

    `known` names tasks by variable where they are called otherwise. Raises UnknownModel or Invalid with the variable as
    `field`, also where two variables name the same task and not the same model.
    """
    found: dict[str, str] = {}
    said_by: dict[str, str] = {}
    for variable in sorted(variables):
        named = VARIABLE.fullmatch(variable)
        if named is None or not variables[variable]:
            continue
        task = (known or {}).get(variable) or named[1].lower()
        model = checked(catalogue, variables[variable], field=variable)
        if found.setdefault(task, model) != model:
            raise Invalid(f"{said_by[task]} names another model for task {task!r}", field=variable)
        said_by.setdefault(task, variable)
    return found
