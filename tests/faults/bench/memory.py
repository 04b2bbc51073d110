"""How much memory a server takes at most while something is going on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.bench.checks import MEMORY
from tests.faults.served import Served


@contextmanager
def watching(server: Served, counts: dict[str, float]) -> Iterator[None]:
    """Book by how many MB the largest process of the server grew inside the block; 0 where the kernel tells nothing."""
    processes = [] if server.process is None else list(_group(server.process.pid))
    for process in processes:
        (process / "clear_refs").write_text("5")  # the peak begins anew, see proc(5)
    before = {process: _kib(process, "VmRSS") for process in processes}
    yield
    counts[MEMORY] = max((_kib(process, "VmHWM") - before[process] for process in processes), default=0) / 1024


def _group(leader: int) -> Iterator[Path]:
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            after_name = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(after_name[2]) == leader:
            yield entry


def _kib(process: Path, field: str) -> int:
    try:
        lines = (process / "status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(field)), 0)
