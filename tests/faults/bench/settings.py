"""The settings that servers under test run with: limits of the product, scaled down to seconds."""

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Setting:
    """One configuration; limits in seconds, as the variable of the same name has them."""

    name: str
    attempts: int = 3
    first_token_s: float = 0.8
    idle_s: float = 0.8
    call_s: float = 2.0
    run_s: float = 6.0
    wait_max_s: float = 2.5
    heartbeat_s: float = 0.3
    breaker_failures: int = 5
    breaker_open_s: float = 1.0
    more: dict[str, str] = field(default_factory=dict)

    def variables(self) -> dict[str, str]:
        """The environment of the server."""
        return {
            "CALL_ATTEMPTS": str(self.attempts),
            "FIRST_TOKEN_TIMEOUT_S": str(self.first_token_s),
            "IDLE_TIMEOUT_S": str(self.idle_s),
            "CALL_TIMEOUT_S": str(self.call_s),
            "RUN_TIMEOUT_S": str(self.run_s),
            "RETRY_BASE_MS": "50",
            "RETRY_WAIT_MAX_S": str(self.wait_max_s),
            "STREAM_HEARTBEAT_S": str(self.heartbeat_s),
            "BREAKER_FAILURES": str(self.breaker_failures),
            "BREAKER_OPEN_S": str(self.breaker_open_s),
            "THREADS": "160",
            "TICK": "off",
            **self.more,
        }


QUICK: Final = Setting("quick")
# For callers who leave: no limit of ours may close the upstream's connection before they do.
PATIENT: Final = Setting(
    "patient", first_token_s=15, idle_s=15, call_s=30, run_s=60, heartbeat_s=1, more={"STREAM_RECOVERY": "error"}
)
BUFFERED: Final = Setting("buffered", more={"STREAM_RECOVERY": "buffer"})
SETTINGS: Final = (QUICK, PATIENT, BUFFERED)
