"""Use cases: created inactive, activated with a flow, deleted only while inactive."""

from datetime import datetime
from typing import Annotated

from flask import Response
from pydantic import Field

from app.api import http
from app.api.door import Door
from app.api.guard import scope
from app.api.payloads import ByCode, Line, Name, Out, Page, Payload, Search, Text
from app.api.world import world
from app.domain.positions import ordered
from app.domain.use_case import StepSpec, UseCase
from app.services import use_cases
from app.services.step_form import Position
from app.services.use_cases import UseCaseEdit

door = Door("use-cases")


class StepSpecIn(Payload):
    """A step that every flow fills in; at its `position` if all of them say one, else as they are listed."""

    code: Name
    title: Line = ""
    description: Text = ""
    position: Position | None = None


StepSpecs = Annotated[list[StepSpecIn], Field(min_length=1, max_length=64)]

Rubric = Annotated[Name, Field(description="name of the rule by which answers are scored")]


class UseCaseIn(Payload):
    """A new use case; without steps it has one, `answer`."""

    code: Name
    title: Line = ""
    description: Text = ""
    rubric: Rubric = "generic"
    steps: StepSpecs | None = None


class UseCasePatchIn(Payload):
    """What changes; what is absent or null stays."""

    code: Name | None = None
    title: Line | None = None
    description: Text | None = None
    rubric: Rubric | None = None
    active: bool | None = None
    steps: StepSpecs | None = None


class StepSpecOut(Out):
    """A declared step; `position` counts from 0."""

    code: str
    position: int
    title: str
    description: str


class UseCaseOut(Out):
    """A use case."""

    id: str
    code: str
    title: str
    description: str
    rubric: Rubric
    active: bool
    steps: list[StepSpecOut]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, use_case: UseCase) -> "UseCaseOut":
        """The use case."""
        return cls(
            id=use_case.id,
            code=use_case.code,
            title=use_case.title,
            description=use_case.description,
            rubric=use_case.rubric,
            active=use_case.active,
            steps=[
                StepSpecOut(code=step.code, position=place, title=step.title, description=step.description)
                for place, step in enumerate(use_case.steps)
            ],
            created_at=use_case.created_at,
            updated_at=use_case.updated_at,
        )


@door.get("/use-cases", responses={200: Page[UseCaseOut]})
@scope("read")
def list_use_cases(query: Search) -> Response:
    """Find use cases by words of code, title or description."""
    found, following = use_cases.page(
        world(), search=query.search, order=query.order, cursor=query.cursor, limit=query.limit
    )
    return http.answer(Page[UseCaseOut](items=[UseCaseOut.of(use_case) for use_case in found], next=following))


@door.post("/use-cases", responses={201: UseCaseOut})
@scope("write")
def create_use_case(body: UseCaseIn) -> Response:
    """Write a new use case; it is inactive."""
    wanted = UseCaseEdit(
        code=body.code,
        title=body.title,
        description=body.description,
        rubric=body.rubric,
        steps=_specs(body.steps),
    )
    return http.created(UseCaseOut.of(use_cases.create(world(), wanted)))


@door.get("/use-cases/<code>", responses={200: UseCaseOut})
@scope("read")
def get_use_case(path: ByCode) -> Response:
    """Read a use case."""
    return http.answer(UseCaseOut.of(use_cases.get(world(), path.code)))


@door.patch("/use-cases/<code>", responses={200: UseCaseOut})
@scope("write")
def change_use_case(path: ByCode, body: UseCasePatchIn) -> Response:
    """Change, activate or deactivate a use case."""
    wanted = UseCaseEdit(
        code=body.code,
        title=body.title,
        description=body.description,
        rubric=body.rubric,
        active=body.active,
        steps=_specs(body.steps),
    )
    return http.answer(UseCaseOut.of(use_cases.change(world(), path.code, wanted)))


@door.delete("/use-cases/<code>", responses={204: None})
@scope("write")
def delete_use_case(path: ByCode) -> Response:
    """Delete an inactive use case with all that belongs to it."""
    use_cases.delete(world(), path.code)
    return http.no_content()


def _specs(given: list[StepSpecIn] | None) -> tuple[StepSpec, ...] | None:
    if given is None:
        return None
    steps = ordered(given, [step.position for step in given], field="steps")
    return tuple(StepSpec(step.code, step.title, step.description) for step in steps)
