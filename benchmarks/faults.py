"""The fault bench: what callers and providers experience while a vendor misbehaves byte by byte, a line per scenario.

Our server is a real process and the vendor real sockets; see tests/faults/bench. `--only WORD` runs the scenarios whose
names hold the word, `--rows` shows what the call log says of them. A server of one's own is benched by `--prepare` and
`--server`.
"""

import argparse
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.faults.bench.every import every
from tests.faults.bench.scenario import Scenario
from tests.faults.bench.settings import QUICK
from tests.faults.bench.stand import TOGETHER, Report, Stand, elsewhere, stand, variables_of, write_catalogue
from tests.faults.bench.upstream import Upstream
from tests.faults.served import KEY

MOST = 6  # complaints shown of one scenario


def show(report: Report, *, with_rows: bool) -> None:
    """The scenario's line, and what was wrong."""
    name, answers = report.scenario.name, report.seen.answers
    counts = "  ".join(f"{key} {value:g}" for key, value in report.seen.counts.items())
    longest = max((answer.took_s for answer in answers), default=0.0)
    print(
        f"{'FAIL' if report.complaints else 'ok  '} {name:<36} {len(answers):4} asked  {len(report.seen.requests):4} "
        f"sent  longest {longest:5.2f} s  in all {report.took_s:5.2f} s  {counts}"
    )
    for complaint in report.complaints[:MOST]:
        print(f"       {complaint[:300]}")
    if with_rows:
        for row in report.seen.rows:
            print(f"       row {row['model']} #{row['attempt']} {row['reason']}: {row['outcome']} {row['error']}")


def totals(reports: list[Report]) -> None:
    """The numbers that the product promises."""
    failed = [report for report in reports if report.complaints]
    asked = sum(len(report.seen.answers) for report in reports)
    sent = sum(len(report.seen.requests) for report in reports)
    print(f"\n{len(reports) - len(failed)} of {len(reports)} scenarios as they must be")
    print(f"requests sent per question: {sent / max(1, asked):.2f}")
    for name in sorted({key for report in reports for key in report.seen.counts}):
        worst = max(report.seen.counts[name] for report in reports if name in report.seen.counts)
        print(f"{name}, worst: {worst:.2f}")


@contextmanager
def bench_of(given: argparse.Namespace, chosen: list[Scenario]) -> Iterator[Stand]:
    """A stand with servers of its own, or with the one that runs already."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if given.server is None:
            yield stack.enter_context(stand(chosen, folder))
        else:
            yield stack.enter_context(elsewhere(given.server, given.upstream))


def prepare(folder: Path, chosen: list[Scenario], upstream_port: int) -> None:
    """Write the catalogue, and print the settings that a server needs for `--server`."""
    with Upstream(upstream_port) as upstream:
        file = write_catalogue(chosen, folder, upstream)
        for name, value in {"ADMIN_KEY": KEY, **variables_of(QUICK, file, upstream)}.items():
            print(f"{name}={value}")


def options() -> argparse.Namespace:
    """The command line."""
    found = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("--only", default="", help="a regular expression that names of scenarios match in part")
    found.add_argument("--together", type=int, default=TOGETHER, help="scenarios at a time")
    found.add_argument("--rows", action="store_true", help="show the call rows")
    found.add_argument("--prepare", type=Path, help="write the catalogue into this folder and print settings, no more")
    found.add_argument("--server", type=int, help="port of a server that runs on those settings")
    found.add_argument("--upstream", type=int, default=8099, help="port of the upstream, for --prepare and --server")
    return found.parse_args()


def main() -> int:
    """Run, print, and say in the exit code whether all was as it must be."""
    given = options()
    chosen = [scenario for scenario in every() if re.search(given.only, scenario.name)]
    if given.prepare or given.server:
        chosen = [scenario for scenario in chosen if scenario.setting == QUICK and not scenario.deaf]
    if given.prepare:
        prepare(given.prepare, chosen, given.upstream)
        return 0
    began, reports = time.monotonic(), list[Report]()
    with bench_of(given, chosen) as bench:
        print(f"ready after {time.monotonic() - began:.1f} s")
        for report in bench.run_all(chosen, together=given.together):
            show(report, with_rows=given.rows)
            reports.append(report)
    totals(reports)
    print(f"{time.monotonic() - began:.0f} s in all")
    return 1 if any(report.complaints for report in reports) else 0


if __name__ == "__main__":
    raise SystemExit(main())
