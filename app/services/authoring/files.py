"""The files of a configuration, by name: which there are, and what they say once every one of them has its shape."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from app.services.authoring.forms import BudgetsForm, TasksForm, WebhooksForm
from app.services.authoring.yaml_reading import Document, Fault, FilesInvalid, Path, read
from app.services.flow_form import UseCaseForm

F = TypeVar("F", bound=BaseModel)

TASKS: Final = "tasks.yaml"
BUDGETS: Final = "budgets.yaml"
WEBHOOKS: Final = "webhooks.yaml"
USE_CASES: Final = "use-cases"
OWN: Final = re.compile(rf"{USE_CASES}/[^/]+\.yaml")
MOST_FAULTS: Final = 50
WORDS: Final = {
    "extra_forbidden": "unknown field",
    "missing": "a value is required",
    "model_type": "a mapping is expected",
    "dict_type": "a mapping is expected",
}


@dataclass(frozen=True, slots=True)
class Written:
    """A use case and the document that says it."""

    document: Document
    form: UseCaseForm


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the files say; of a kind without a file nothing is said, which is None."""

    use_cases: tuple[Written, ...] | None
    tasks: tuple[Document, TasksForm] | None
    budgets: tuple[Document, BudgetsForm] | None
    webhooks: tuple[Document, WebhooksForm] | None


def known(name: str) -> bool:
    """Whether a file of that name is one of a configuration's."""
    return name in (TASKS, BUDGETS, WEBHOOKS) or OWN.fullmatch(name) is not None


def parse(files: Mapping[str, str]) -> Configuration:
    """What the files say. Raises FilesInvalid with what is wrong in all of them."""
    faults = [Fault(name, 1, "", _strange()) for name in sorted(files) if not known(name)]
    documents: dict[str, Document] = {}
    for name in sorted(files.keys() - {fault.file for fault in faults}):
        try:
            documents[name] = read(files[name], name)
        except FilesInvalid as error:
            faults.extend(error.faults)
    use_cases = [
        Written(document, form)
        for name, document in documents.items()
        if name.startswith(USE_CASES) and (form := _formed(document, UseCaseForm, faults)) is not None
    ]
    faults.extend(_twice(use_cases))
    found = Configuration(
        use_cases=tuple(use_cases) if any(name.startswith(USE_CASES) for name in files) else None,
        tasks=_one(documents.get(TASKS), TasksForm, faults),
        budgets=_one(documents.get(BUDGETS), BudgetsForm, faults),
        webhooks=_one(documents.get(WEBHOOKS), WebhooksForm, faults),
    )
    if faults:
        raise FilesInvalid(faults)
    return found


def _one(document: Document | None, kind: type[F], faults: list[Fault]) -> tuple[Document, F] | None:
    form = None if document is None else _formed(document, kind, faults)
    return None if document is None or form is None else (document, form)


def _formed(document: Document, kind: type[F], faults: list[Fault]) -> F | None:
    if document.value is None:
        faults.append(Fault(document.file, 1, "", "the file is empty; delete it to say nothing"))
        return None
    try:
        return kind.model_validate(document.value)
    except ValidationError as error:
        for each in error.errors(include_url=False, include_context=False, include_input=False)[:MOST_FAULTS]:
            message = WORDS.get(each["type"], each["msg"].removeprefix("Value error, "))
            faults.append(document.fault(_path(each["loc"], document.value, each["type"] == "missing"), message))
        return None


def _path(loc: Sequence[int | str], value: object, absent: bool) -> Path:
    """The path of a fault; names of types, which the form puts in between, are left out."""
    path: list[int | str] = []
    for position, part in enumerate(loc):
        if isinstance(value, dict) and (part in value or (absent and position + 1 == len(loc))):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            continue
        path.append(part)
    return tuple(path)


def _twice(use_cases: Sequence[Written]) -> list[Fault]:
    seen: dict[str, str] = {}
    faults = []
    for written in use_cases:
        code = written.form.code
        if code in seen:
            faults.append(written.document.fault(("code",), f"use case {code!r} stands in {seen[code]} too"))
        seen.setdefault(code, written.document.file)
    return faults


def _strange() -> str:
    return f"no file of a configuration; there are {USE_CASES}/<code>.yaml, {TASKS}, {BUDGETS} and {WEBHOOKS}"
