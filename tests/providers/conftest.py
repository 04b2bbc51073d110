"""Fixtures of the provider tests: one fake vendor on loopback for all of them, forgetful between tests."""

from collections.abc import Iterator

import pytest

from tests.providers.fake_upstream import FakeUpstream


@pytest.fixture(scope="session")
def _upstream() -> Iterator[FakeUpstream]:
    with FakeUpstream() as fake:
        yield fake


@pytest.fixture
def upstream(_upstream: FakeUpstream) -> FakeUpstream:
    """The fake vendor, with no script and no memory."""
    _upstream.reset()
    return _upstream
