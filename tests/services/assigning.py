"""A process of its own that opens forty sessions as soon as it is told to, and prints their flows."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from app.db.uow import Store
from app.services import traffic
from tests.services.made import CODE
from tests.worlds import opened


def main(url: str, folder: str) -> None:
    """The flow ids of sessions c0…c39, one a line, after `go` came in."""
    store = Store(url)
    with opened(store, Path(folder)) as world, ThreadPoolExecutor(8) as pool:
        use_case = traffic.active_use_case(world, CODE)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        assigned = pool.map(lambda i: traffic.assign(world, use_case, f"c{i}", user_id=None)[0], range(40))
        sys.stdout.write("".join(f"{session.id}:{session.flow_id}\n" for session in assigned))
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
