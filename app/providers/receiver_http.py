"""How a receiver is spoken to in HTTP: over connections that reach only the addresses that were looked at."""

from collections.abc import Mapping
from typing import cast

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection

from app.domain.delivery import Answer
from app.domain.errors import ModelMatchError
from app.providers import sessions
from app.providers.connections import LineConnection
from app.providers.lines import Line, speaking
from app.providers.receiver import LATE, Address, refuse_private

FAULTS: tuple[type[Exception], ...] = (*sessions.FAULTS, OSError, UnicodeError)


class CheckedConnection(LineConnection):
    """Connects to the very addresses that were looked at, and to none unless all are public."""

    def _addresses(self) -> list[Address]:
        found = super()._addresses()
        refuse_private(found)
        return found


class SecureCheckedConnection(CheckedConnection, HTTPSConnection):
    """The same over TLS."""


class _CheckedPool(urllib3.HTTPConnectionPool):
    ConnectionCls = CheckedConnection


class _SecureCheckedPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = SecureCheckedConnection


def speak(line: Line, url: str, body: bytes, headers: Mapping[str, str], *, private: bool) -> Answer:
    """One attempt on the line, which it opens and closes; `private` as for `post`."""
    try:
        with speaking(line), _session(private=private) as session:
            line.open("the receiver")
            timeouts = (line.timeout_s, line.timeout_s)
            with session.post(
                url, data=body, headers=dict(headers), timeout=timeouts, stream=True, allow_redirects=False
            ) as response:
                status = response.status_code
                return Answer(status, None if 200 <= status < 300 else f"answered {status}")
    except ModelMatchError as error:
        return Answer(None, error.message)
    except requests.exceptions.SSLError:
        return Answer(None, "its certificate is not trusted, or TLS failed")
    except FAULTS as error:
        late = line.expired is not None or isinstance(error, requests.Timeout)
        return Answer(None, LATE if late else "no connection, or no answer in HTTP")
    finally:
        line.close()


def _session(*, private: bool) -> requests.Session:
    session = sessions.prepare(requests.Session())
    session.trust_env = False
    if not private:
        adapter = cast(HTTPAdapter, session.adapters["https://"])  # one for both schemes, as `prepare` mounts it
        adapter.poolmanager.pool_classes_by_scheme = {"http": _CheckedPool, "https": _SecureCheckedPool}
    return session
