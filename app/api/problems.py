"""Every failure leaves as one shape, RFC 9457's problem; this table alone says which status an error has."""

import logging
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from dataclasses import field as own
from typing import Final, TypeVar

import orjson
from flask import Flask, Response, g, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from app.api import allowances, budget_problem
from app.api.faults import Fault, faults_of
from app.domain import errors, run_errors

log = logging.getLogger(__name__)

T = TypeVar("T")

MIMETYPE: Final = "application/problem+json"
URN: Final = "urn:model-match:problem:"
RETRY_AFTER_S: Final = 1

# Status and title of each error; its code is the error's own. docs/errors.md has one section per code.
STATUSES: Final[Mapping[type[errors.ModelMatchError], tuple[int, str]]] = {
    errors.ModelMatchError: (500, "Internal error"),
    errors.Invalid: (422, "Invalid value"),
    errors.UnknownModel: (422, "Unknown model"),
    errors.UnknownTask: (422, "Unknown task"),
    errors.NoModelFits: (422, "No model fits"),
    errors.Unsupported: (422, "Not supported by the provider"),
    errors.PromptInvalid: (422, "Prompt cannot be rendered"),
    errors.PromptRunaway: (422, "Prompt ran away"),
    run_errors.ExpressionInvalid: (422, "Expression cannot be evaluated"),
    run_errors.TooManyItems: (422, "Too many items"),
    errors.NotFound: (404, "Not found"),
    errors.Conflict: (409, "Conflict with the present state"),
    errors.UseCaseInactive: (409, "Use case is inactive"),
    errors.NoFlowAvailable: (409, "No flow available"),
    errors.StepNotConfigured: (409, "Step not configured"),
    run_errors.NothingAnswered: (409, "Nothing was answered"),
    run_errors.RunCancelled: (409, "Run was cancelled"),
    errors.Unpriced: (409, "Price unknown"),
    errors.Unauthenticated: (401, "Valid key needed"),
    errors.BudgetExceeded: (402, "Budget used up"),
    run_errors.RunBudgetExceeded: (402, "Budget of the run used up"),
    run_errors.OutputInvalid: (502, "Answer is not valid"),
    run_errors.HookRefused: (422, "Refused by a hook"),
    run_errors.HookFailed: (502, "Hook failed"),
    errors.Forbidden: (403, "Scope missing"),
    errors.ModelNotAllowed: (403, "Model not allowed"),
    errors.LimitExceeded: (429, "Limit reached"),
    errors.Overloaded: (503, "Overloaded"),
    errors.StoreUnavailable: (503, "Store unavailable"),
    errors.CallerLeft: (499, "Caller left"),
    errors.ProviderError: (502, "Provider failed"),
    errors.ProviderUnconfigured: (503, "Provider not configured"),
    errors.ProviderRefused: (502, "Provider refused the request"),
    errors.ContextTooLong: (422, "Context too long"),
    errors.ContentRefused: (422, "Content refused"),
    errors.ProviderRateLimited: (503, "Provider is rate limited"),
    errors.ProviderUnavailable: (502, "Provider unavailable"),
    errors.ProviderResting: (503, "Provider rests after failures"),
    errors.ProviderTimeout: (504, "Provider timed out"),
    errors.ProviderBadAnswer: (502, "Provider gave a bad answer"),
}

# Code, title and what to say when HTTP itself is at fault, before any of our errors can be.
HTTP: Final[Mapping[int, tuple[str, str, str]]] = {
    400: ("malformed-request", "Malformed request", "the request cannot be read"),
    404: ("route-not-found", "No such route", "no route has this path; /docs/swagger shows those there are"),
    405: ("method-not-allowed", "Method not allowed", "the route does not have this method"),
    408: ("request-timeout", "Request timed out", "the request did not arrive in time"),
    413: ("body-too-large", "Body too large", "the body is over the limit"),
    415: ("unsupported-media-type", "Not JSON", "a body of type application/json is expected"),
    500: ("internal-error", "Internal error", "the error is logged under this request's id"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One failure, ready to be told. `faults` name the JSON path of each wrong field.

    `more` are headers, `told` members of the document that this kind of failure has of its own.
    """

    status: int
    title: str
    code: str
    detail: str
    field: str | None = None
    faults: tuple[Fault, ...] = ()
    retry_after_s: float | None = None
    allow: str | None = None
    more: tuple[tuple[str, str], ...] = ()
    told: Mapping[str, object] = own(default_factory=dict)

    def members(self, request_id: str) -> dict[str, object]:
        """The members of the problem document; absent ones are left out."""
        found: dict[str, object] = {
            "type": URN + self.code,
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "instance": request_id,
        }
        if self.field is not None:
            found["field"] = self.field
        if self.faults:
            found["errors"] = [{"field": fault.field, "message": fault.message} for fault in self.faults]
        found.update(self.told)
        return found

    def headers(self) -> dict[str, str]:
        """Headers that belong to the failure."""
        found = {}
        if self.status == 401:
            found["WWW-Authenticate"] = 'Bearer realm="model-match"'
        if self.allow is not None:
            found["Allow"] = self.allow
        found.update(self.more)
        if self.status == 429 or (self.status == 402 and self.retry_after_s is not None):
            found["Retry-After"] = str(max(1, math.ceil(self.retry_after_s or RETRY_AFTER_S)))
        if self.status == 503 and self.code != errors.ProviderUnconfigured.code:
            found["Retry-After"] = str(max(1, round(self.retry_after_s or RETRY_AFTER_S)))
        return found


Shape = Callable[[Problem, str], Response]
WAITING: Final = (errors.ProviderError, errors.LimitExceeded, errors.Overloaded, errors.BudgetExceeded)


def of(error: errors.ModelMatchError) -> Problem:
    """The problem of one of our errors."""
    status, title = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    field = getattr(error, "field", None)
    faults = (Fault(field, error.message),) if status == 422 and field is not None else ()
    waited = error if isinstance(error, WAITING) else None
    retry_after_s = None if waited is None else waited.retry_after_s
    more = allowances.of_refusal(error) if isinstance(error, errors.LimitExceeded) else ()
    told = _told(error)
    if error.run_id is not None:
        told, more = {**told, "run_id": error.run_id}, (*more, ("X-MM-Run-Id", error.run_id))
    return Problem(status, title, error.code, error.message, field, faults, retry_after_s, more=more, told=told)


def _told(error: errors.ModelMatchError) -> Mapping[str, object]:
    if isinstance(error, errors.BudgetExceeded):
        return budget_problem.members(error)
    if isinstance(error, errors.NoModelFits):
        return {"removed": [{"model": model, "limit": limit, "why": why} for model, limit, why in error.removed]}
    if isinstance(error, run_errors.HookRefused):
        return {"hook": error.hook, "why": error.why}
    return {}


def of_validation(error: ValidationError, given: object = None) -> Problem:
    """The problem of a payload that has another shape; `given` is what was sent, to tell paths from type names."""
    faults = faults_of(error, given)
    status, title = STATUSES[errors.Invalid]
    first = faults[0]
    return Problem(status, title, errors.Invalid.code, f"{first.field}: {first.message}", first.field, faults)


def of_http(error: HTTPException) -> Problem:
    """The problem of what werkzeug refuses; a description of our own is passed on, werkzeug's is not."""
    status = error.code or 500
    code, title, detail = HTTP.get(status, (f"http-{status}", error.name, "the request is refused"))
    own = "description" in vars(error) and error.description != type(error).description
    allow = ", ".join(sorted(getattr(error, "valid_methods", None) or ())) or None
    return Problem(status, title, code, str(error.description) if own else detail, allow=allow)


def unexpected(error: Exception, instance: str) -> Problem:
    """The problem of a defect of ours: logged whole under the request's id, told without any of it."""
    if isinstance(error, errors.ModelMatchError):
        return of(error)
    log.error("request_failed", extra={"request_id": instance, "error": type(error).__name__}, exc_info=error)
    code, title, detail = HTTP[500]
    return Problem(500, title, code, detail)


def request_id() -> str:
    """The id of the present request; empty outside of one."""
    return str(g.get("request_id", "")) if g else ""


def until_failure(items: Iterator[T], tell: Callable[[Problem], T], instance: str) -> Iterator[T]:
    """The items; a failure, expected or not, becomes the last item instead of a broken connection."""
    with closing(items):  # type: ignore[type-var]  # what is streamed here are generators
        try:
            yield from items
        except Exception as error:
            yield tell(unexpected(error, instance))


def body(problem: Problem, instance: str) -> bytes:
    """The problem document."""
    return orjson.dumps(problem.members(instance))


def plain(problem: Problem, instance: str) -> Response:
    """The problem as an answer of type application/problem+json."""
    return Response(body(problem, instance), problem.status, problem.headers(), mimetype=MIMETYPE)


def register(app: Flask, shapes: Mapping[str, Shape]) -> None:
    """Answer every failure as a problem, or in the shape that belongs to the longest matching path prefix."""

    def answer(problem: Problem) -> Response:
        shape = next((shape for prefix, shape in shapes.items() if request.path.startswith(prefix)), plain)
        return shape(problem, request_id())

    app.register_error_handler(errors.ModelMatchError, lambda error: answer(of(error)))
    app.register_error_handler(ValidationError, lambda error: answer(of_validation(error)))
    app.register_error_handler(Malformed, lambda error: answer(error.problem))
    app.register_error_handler(HTTPException, lambda error: _redirect_or(error, answer))
    app.register_error_handler(Exception, lambda error: answer(unexpected(error, request_id())))


class Malformed(Exception):
    """A payload of another shape than asked; carries its problem to the handler."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def _redirect_or(error: HTTPException, answer: Callable[[Problem], Response]) -> Response | HTTPException:
    return error if (error.code or 500) < 400 else answer(of_http(error))
