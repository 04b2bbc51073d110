"""Configuration as files: what people have authored, as YAML, and making the store what such files say."""

from typing import Annotated, Final, Literal

from flask import Response
from pydantic import Field

from app.api import guard, http
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import Name, Out, Payload, Words
from app.api.world import world
from app.domain.errors import Forbidden, Invalid
from app.services.authoring import applying, exporting
from app.services.authoring.applying import Applied
from app.services.authoring.changes import Change, Refusal
from app.services.authoring.files import BUDGETS, WEBHOOKS
from app.services.authoring.yaml_reading import FilesInvalid

door = Door("config-as-code")

MOST_FAULTS: Final = 20
File = Annotated[str, Field(max_length=10_000_000)]
Files = Annotated[dict[Name, File], Field(max_length=2_000, description="texts by the names of their files")]


class FilesIn(Payload):
    """A folder of files: `use-cases/<code>.yaml`, `tasks.yaml`, `budgets.yaml` and `webhooks.yaml`.

    An export may be sent as it came: what it tells in `left_out` changes nothing.
    """

    files: Annotated[Files, Field(min_length=1)]
    left_out: Annotated[list[str], Field(max_length=100_000)] = Field(default_factory=list)


class FilesOut(Out):
    """A folder of files; `left_out` says what no file tells, and why."""

    files: Files
    left_out: list[str]


class ApplyQuery(Words):
    """`dry_run` does nothing, `prune` deletes what no file says, `start` starts experiments that are drafts."""

    dry_run: bool = False
    prune: bool = False
    start: bool = False


class RefusalOut(Out):
    """Why something cannot be done; `line` is 0 where no line says it."""

    code: str
    message: str
    file: str
    line: int
    field: str

    @classmethod
    def of(cls, refusal: Refusal) -> "RefusalOut":
        """The refusal."""
        return cls(
            code=refusal.code, message=refusal.message, file=refusal.file, line=refusal.line, field=refusal.field
        )


class ChangeOut(Out):
    """One thing: what becomes of it, and the difference line by line. `keep`: it is in no file and stays."""

    kind: str
    name: str
    verdict: Literal["create", "change", "start", "delete", "keep", "same"]
    diff: str
    refused: RefusalOut | None

    @classmethod
    def of(cls, change: Change) -> "ChangeOut":
        """The change."""
        refused = None if change.refused is None else RefusalOut.of(change.refused)
        return cls(kind=change.kind, name=change.name, verdict=change.verdict, diff=change.diff, refused=refused)


class AppliedOut(Out):
    """What became of each thing. `written` is false for a dry run, and when anything is refused: then nothing is.

    `differs`: the store was not as the files say. `secrets` of new webhooks by address are shown this once.
    """

    written: bool
    differs: bool
    changes: list[ChangeOut]
    secrets: dict[str, str]

    @classmethod
    def of(cls, applied: Applied) -> "AppliedOut":
        """The answer."""
        changes = [ChangeOut.of(change) for change in applied.changes]
        return cls(written=applied.written, differs=applied.differs, changes=changes, secrets=dict(applied.secrets))


@door.get("/export", responses={200: FilesOut})
@scope("read")
def export_files() -> Response:
    """Read what people have authored as YAML files; webhooks are shown to keys with scope admin."""
    found = exporting.export(world(), webhooks=guard.key().allows("admin"))
    return http.answer(FilesOut(files=found.files, left_out=list(found.left_out)))


@door.post("/apply", responses={200: AppliedOut})
@scope("write")
def apply_files(query: ApplyQuery, body: FilesIn) -> Response:
    """Make the store what files say, all of it or nothing; budgets and webhooks need scope admin."""
    restricted = sorted({BUDGETS, WEBHOOKS} & body.files.keys())
    if restricted and not guard.key().allows("admin"):
        raise Forbidden(f"{' and '.join(restricted)}: a key with scope admin is needed")
    try:
        applied = applying.apply(
            world(),
            body.files,
            actor=guard.key().name,
            dry_run=query.dry_run,
            prune=query.prune,
            start=query.start,
        )
    except FilesInvalid as error:
        raise Invalid("; ".join(map(str, error.faults[:MOST_FAULTS])), field="files") from None
    return http.answer(AppliedOut.of(applied))
