"""Versions of a flow: read them, tell them apart, and roll back to one."""

from datetime import datetime
from typing import Annotated, Literal

from flask import Response
from pydantic import Field

from app.api import guard, http
from app.api.door import Door
from app.api.flow_payloads import FlowOut, FlowPath, Note, RunLimitsOut
from app.api.guard import scope
from app.api.payloads import Name, Out, Page, Wishes, Words
from app.api.step_payloads import StepOut, steps_out
from app.api.world import world
from app.domain.flow_diff import FieldChange, FlowDiff
from app.domain.flow_label import LIVE
from app.services import flows, versions
from app.services.versions import Version

door = Door("flow-versions")

VersionName = Annotated[Name, Field(description="the number of the version, or a label that stands at it")]


class VersionPath(FlowPath):
    """A version of a flow."""

    version: VersionName


class DiffPath(FlowPath):
    """Two versions of a flow."""

    before: VersionName
    after: VersionName


class OtherPath(FlowPath):
    """Two flows of a use case."""

    other: Name


class DiffQuery(Words):
    """In which form: as JSON, or as a unified diff to read."""

    format: Literal["json", "text"] = "json"


class OtherQuery(DiffQuery):
    """Which versions of the two flows; the live ones unless said otherwise."""

    version: VersionName = LIVE
    other_version: VersionName = LIVE


class RestoreIn(Wishes):
    """Why, and whether it serves new sessions at once; with `publish` false it is a draft."""

    note: Note | None = None
    publish: bool = True


class VersionOut(Out):
    """One version of a flow's steps and limits; frozen from `served_at` on. `actor` wrote it, `note` says why."""

    version: int
    steps: list[StepOut]
    limits: RunLimitsOut
    actor: str | None
    note: str | None
    served_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, version: Version) -> "VersionOut":
        """The version."""
        return cls(
            version=version.version,
            steps=steps_out(version.steps),
            limits=RunLimitsOut.of(version.limits),
            actor=version.actor,
            note=version.note,
            served_at=version.served_at,
            created_at=version.created_at,
        )


class FieldChangeOut(Out):
    """A field by its dotted name, before and after; `text` is a unified diff where the field is a prompt."""

    field: str
    before: object
    after: object
    text: str | None

    @classmethod
    def of(cls, change: FieldChange) -> "FieldChangeOut":
        """The change."""
        return cls(field=change.field, before=change.before, after=change.after, text=change.text)


class StepChangeOut(Out):
    """A step that both have, and what differs in it."""

    step: str
    fields: list[FieldChangeOut]


class OrderOut(Out):
    """The codes of all steps in order, before and after."""

    before: list[str]
    after: list[str]


class DiffOut(Out):
    """What differs, steps known by their codes. `text` is a unified diff of all of it, empty when both do the same."""

    before: str = Field(description="flow and version")
    after: str = Field(description="flow and version")
    same: bool
    added: list[str]
    removed: list[str]
    changed: list[StepChangeOut]
    limits: list[FieldChangeOut]
    order: OrderOut | None
    text: str

    @classmethod
    def of(cls, found: FlowDiff) -> "DiffOut":
        """The diff."""
        changed = [(each.step, [FieldChangeOut.of(change) for change in each.fields]) for each in found.changed]
        return cls(
            before=found.before,
            after=found.after,
            same=found.same,
            added=list(found.added),
            removed=list(found.removed),
            changed=[StepChangeOut(step=step, fields=fields) for step, fields in changed],
            limits=[FieldChangeOut.of(change) for change in found.limits],
            order=None if found.order is None else OrderOut(before=list(found.order[0]), after=list(found.order[1])),
            text=found.text,
        )


@door.get("/use-cases/<code>/flows/<flow>/versions", responses={200: Page[VersionOut]})
@scope("read")
def list_versions(path: FlowPath) -> Response:
    """Read all versions of a flow, newest first."""
    found = versions.page(world(), path.code, path.flow)
    return http.answer(Page[VersionOut](items=[VersionOut.of(version) for version in found], next=None))


@door.get("/use-cases/<code>/flows/<flow>/versions/<version>", responses={200: VersionOut})
@scope("read")
def get_version(path: VersionPath) -> Response:
    """Read one version of a flow."""
    return http.answer(VersionOut.of(versions.get(world(), path.code, path.flow, path.version)))


@door.get("/use-cases/<code>/flows/<flow>/versions/<before>/diff/<after>", responses={200: DiffOut})
@scope("read")
def diff_versions(path: DiffPath, query: DiffQuery) -> Response:
    """Tell what differs between two versions of a flow."""
    found = versions.diff(world(), path.code, (path.flow, path.before), (path.flow, path.after))
    return _told(found, query)


@door.get("/use-cases/<code>/flows/<flow>/diff/<other>", responses={200: DiffOut})
@scope("read")
def diff_flows(path: OtherPath, query: OtherQuery) -> Response:
    """Tell what differs between two flows of a use case."""
    found = versions.diff(world(), path.code, (path.flow, query.version), (path.other, query.other_version))
    return _told(found, query)


@door.post("/use-cases/<code>/flows/<flow>/versions/<version>/restore", responses={200: FlowOut})
@scope("write")
def restore_version(path: VersionPath, body: RestoreIn) -> Response:
    """Roll back: a new version with the steps of this one; nothing is rewritten."""
    restored = flows.restore(
        world(),
        path.code,
        path.flow,
        path.version,
        note=body.note,
        publish=body.publish,
        actor=guard.key().name,
    )
    return http.answer(FlowOut.of(restored))


def _told(found: FlowDiff, query: DiffQuery) -> Response:
    if query.format == "text":
        return Response(found.text, mimetype="text/plain")
    return http.answer(DiffOut.of(found))
