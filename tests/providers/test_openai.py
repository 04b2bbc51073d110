"""OpenAI keeps the contract."""

from tests.providers.contract import FakeVendorContract


class TestOpenAI(FakeVendorContract):
    """The whole contract over a real socket."""

    kind = "openai"
