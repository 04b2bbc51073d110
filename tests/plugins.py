"""A package as others install it beside the service: modules, and a .dist-info that names its entry points."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent


@contextmanager
def installed(folder: Path, source: str, entries: Mapping[str, Mapping[str, str]], *, module: str) -> Iterator[None]:
    """Inside the block `module` with this source can be imported, and its `entries` (group, name, object) be found."""
    home = folder / f"site-{module}"
    info = home / f"{module}-1.2.dist-info"
    info.mkdir(parents=True)
    (home / f"{module}.py").write_text(dedent(source))
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.2\n")
    lines = [
        line
        for group, several in entries.items()
        for line in (f"[{group}]", *(f"{name} = {module}:{target}" for name, target in several.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    sys.path.insert(0, str(home))
    try:
        yield
    finally:
        sys.path.remove(str(home))
        sys.modules.pop(module, None)
