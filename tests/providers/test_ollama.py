"""Ollama keeps the contract."""

from app.domain.message import Usage
from tests.providers.contract import FakeVendorContract


class TestOllama(FakeVendorContract):
    """The whole contract over a real socket."""

    kind = "ollama"
    tool_choice = "auto"
    usage = Usage(input_tokens=16, output_tokens=10)
