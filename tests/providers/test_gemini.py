"""Gemini keeps the contract."""

from tests.providers.contract import FakeVendorContract


class TestGemini(FakeVendorContract):
    """The whole contract over a real socket."""

    kind = "gemini"
