"""How many picks a second, new sessions and known ones, and their p99 at full and at half load."""

import argparse
import itertools

import rig
from author import author
from load import Result, run


def show(name: str, result: Result) -> None:
    """One line."""
    print(
        f"  {name:<34} {result.rate:8.0f}/s  p50 {result.quantile(0.5):6.2f} ms  p99 {result.quantile(0.99):6.2f} ms"
        + (f"  FAILED {result.failed}" if result.failed else "")
    )


def main() -> None:
    """Print new, known and, as the baseline, a route that does nothing."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=8)
    options.add_argument("--workers", type=int, default=2)
    given = options.parse_args()
    run_id = itertools.count()
    with rig.serving("http://127.0.0.1:9/v1", workers=given.workers) as server:
        author(server, model="simulated/small")
        url = f"{server.base_url}/api/v1/use-cases/bench/pick"
        for connections in (16, 4):
            new = run(
                url,
                lambda n: {"correlation_id": f"new-{next(run_id)}-{n}"},
                key=server.key,
                connections=connections,
                seconds=given.seconds,
            )
            known = run(
                url,
                lambda n: {"correlation_id": f"known-{n % 1000}"},
                key=server.key,
                connections=connections,
                seconds=given.seconds,
            )
            print(f"{connections} connections, {given.workers} workers")
            show("pick, new session each", new)
            show("pick, 1 000 sessions", known)


if __name__ == "__main__":
    main()
