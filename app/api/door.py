"""A door is a blueprint whose routes declare their scope and get path, query and body validated, one payload each."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Final, TypeVar

from flask import request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel, ValidationError

from app.api import bodies, guard, problems
from app.api.naming import name_field
from app.api.payloads import Wishes
from app.api.problems import Malformed
from app.domain.errors import Invalid, NotFound

M = TypeVar("M", bound=BaseModel)
Responses = dict[str | int | HTTPStatus, type[BaseModel] | dict[str, object] | None]

PREFIX: Final = "/api/v1"
SECURITY: Final[list[dict[str, list[str]]]] = [{"bearer": []}, {"api_key": []}]
PROBLEM: Final = {"$ref": "#/components/schemas/ProblemOut"}
ERRORS: Final = (400, 401, 402, 403, 404, 405, 409, 413, 415, 422, 429, 500, 502, 503, 504)
STATUSES: Final = tuple(str(status) for status in ERRORS)


def problem_responses(schema: dict[str, str], mimetype: str) -> Responses:
    """What every route may answer when it fails, for the OpenAPI document."""
    return {status: {"content": {mimetype: {"schema": dict(schema)}}} for status in STATUSES}


class Door(APIBlueprint):
    """Routes of one resource under `/api/v1`."""

    def __init__(self, name: str, *, prefix: str = PREFIX, responses: Responses | None = None) -> None:
        super().__init__(
            name,
            __name__,
            url_prefix=prefix,
            abp_tags=[Tag(name=name)],
            abp_security=SECURITY,
            abp_responses=responses or problem_responses(PROBLEM, problems.MIMETYPE),
        )

    @staticmethod
    def create_view_func(
        func: Callable[..., object],
        header: type[BaseModel] | None,
        cookie: type[BaseModel] | None,
        path: type[BaseModel] | None,
        query: type[BaseModel] | None,
        form: type[BaseModel] | None,
        body: type[BaseModel] | None,
        *_: object,
        **__: object,
    ) -> Callable[..., object]:
        """The route with its payloads in front; the library's own validation reads a broken body as none."""
        guard.require_declared(func)

        @wraps(func)
        def view(**segments: str) -> object:
            given: dict[str, BaseModel] = {}
            if path is not None:
                given["path"] = _words(path, segments)
            if query is not None:
                given["query"] = _words(query, _single(query))
            if body is not None:
                given["body"] = _payload(body, bodies.read(optional=issubclass(body, Wishes)))
            try:
                return func(**given)
            except NotFound as error:
                if error.field is None:
                    name_field(error, [given[part] for part in ("query", "body") if part in given])
                raise

        return view


def _words(model: type[M], values: dict[str, str]) -> M:
    bodies.refuse_control(values)
    return _payload(model, values)


def _single(model: type[BaseModel]) -> dict[str, str]:
    """Query parameters, each given once."""
    for name in request.args:
        if len(request.args.getlist(name)) > 1 and name in model.model_fields:
            raise Invalid("given more than once", field=name)
    return request.args.to_dict()


def _payload(model: type[M], given: object) -> M:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise Malformed(problems.of_validation(error, given)) from None
