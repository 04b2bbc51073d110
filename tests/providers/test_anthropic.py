"""Anthropic keeps the contract."""

from tests.providers.contract import FakeVendorContract


class TestAnthropic(FakeVendorContract):
    """The whole contract over a real socket."""

    kind = "anthropic"
    embeds = False
