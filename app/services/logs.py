"""Logs are one JSON object a line on standard error: an event and its facts, never a prompt, an answer or a key."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Final

import structlog

HIDDEN: Final = frozenset(
    {"prompt", "reply", "messages", "content", "authorization", "api_key", "secret", "key", "text"}
)


def configure(level: str) -> None:
    """Send every logger of the process through the one renderer; libraries are heard from `warning` on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                hide,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(sort_keys=True),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("app").setLevel(level.upper())


def hide(_: object, __: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """The event with what must not be read taken out of its facts."""
    for name in HIDDEN & event.keys():
        event[name] = "[hidden]"
    return event
