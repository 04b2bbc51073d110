"""The problem document as the OpenAPI description tells it."""

from pydantic import Field

from app.api.payloads import Out


class FaultOut(Out):
    """One wrong field by its JSON path."""

    field: str
    message: str


class ProblemOut(Out):
    """RFC 9457; `code` is stable, `instance` is the request's id, `field` and `errors` may be absent.

    Some codes have members of their own, which docs/errors.md lists.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str
    field: str = ""
    errors: list[FaultOut] = Field(default_factory=list)
