"""A status and a body become one class, with the wait the vendor asks for and none of its words."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import (
    ContentRefused,
    ContextTooLong,
    ProviderBadAnswer,
    ProviderError,
    ProviderRateLimited,
    ProviderRefused,
    ProviderTimeout,
    ProviderUnavailable,
)
from app.providers import faults


def error(**fields: object) -> bytes:
    """A vendor's error body."""
    return orjson.dumps({"error": fields})


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (302, b"", ProviderBadAnswer),
        (400, b"", ProviderRefused),
        (400, error(code="context_length_exceeded"), ContextTooLong),
        (400, error(message="the request exceeds the available context size"), ContextTooLong),
        (400, error(code="content_filter"), ContentRefused),
        (401, error(message="moderation of the context window"), ProviderRefused),
        (402, error(type="billing_error"), ProviderRefused),
        (403, error(message="input was flagged by moderation"), ContentRefused),
        (408, b"", ProviderTimeout),
        (409, b"", ProviderUnavailable),
        (413, error(type="request_too_large"), ContextTooLong),
        (422, b'["odd"]', ProviderRefused),
        (429, error(type="rate_limit_error"), ProviderRateLimited),
        (429, error(message="too many tokens per minute for this context window"), ProviderRateLimited),
        (429, error(code="insufficient_quota"), ProviderRefused),
        (500, b"<html>", ProviderUnavailable),
        (503, error(message="context length"), ProviderUnavailable),
        (529, b"", ProviderUnavailable),
    ],
)
def test_a_status_has_its_class(status: int, body: bytes, kind: type[ProviderError]) -> None:
    found = faults.from_status("acme", status, body, {})

    assert type(found) is kind
    assert (found.provider, found.status) == ("acme", status)


@pytest.mark.parametrize(
    ("inner", "kind"),
    [
        ({"code": 502}, ProviderUnavailable),
        ({"type": "overloaded_error"}, ProviderUnavailable),
        ({"status": "RESOURCE_EXHAUSTED"}, ProviderRateLimited),
        ({"code": "content_filter"}, ContentRefused),
        ({"code": 7, "type": "odd"}, ProviderBadAnswer),
        ({}, ProviderBadAnswer),
    ],
)
def test_an_error_inside_a_success_has_its_class(inner: dict[str, object], kind: type[ProviderError]) -> None:
    assert type(faults.from_body("acme", {"error": inner})) is kind


@given(
    st.integers(300, 599),
    st.binary() | st.recursive(st.text(), lambda s: st.dictionaries(st.text(), s)).map(orjson.dumps),
)
def test_no_body_breaks_it_and_none_comes_out(status: int, body: bytes) -> None:
    found = faults.from_status("acme", status, b'{"error":{"message":"SECRET"}}' + body, {"retry-after": "x"})

    assert isinstance(found, ProviderError)
    assert "SECRET" not in found.message
