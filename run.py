"""The command line `python run.py serve|demo|keys|models|…`, and for WSGI servers the target `run:app`."""

import gc
import sys
from typing import TYPE_CHECKING

from app import create_app
from config import Settings

if TYPE_CHECKING:
    from flask import Flask


def __getattr__(name: str) -> "Flask":
    """`app`, built when a server asks for it and not for each command."""
    if name != "app":
        raise AttributeError(name)
    built = create_app(Settings.from_environment())
    # What was made by now lives as long as the process: one full look of the collector at it stops every stream 0.2 s.
    gc.collect()
    gc.freeze()
    globals()["app"] = built
    return built


if __name__ == "__main__":
    from app.cli.main import main  # a server's worker that imports this file needs no command line

    sys.exit(main())
