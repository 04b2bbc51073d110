"""A folder of files: written so that only what differs is touched, read so that nothing in it is overlooked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from app.services.authoring.files import USE_CASES, known
from app.services.authoring.yaml_reading import Fault, FilesInvalid

MOST_BYTES: Final = 50_000_000


def write(folder: Path, files: Mapping[str, str], *, clean: bool) -> list[str]:
    """Names of the files that an apply would read and that were not written; with `clean` they are deleted."""
    (folder / USE_CASES).mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != text.encode():
            path.write_text(text, encoding="utf-8", newline="\n")
    others = sorted(name for name in _names(folder) if known(name) and name not in files)
    for name in others if clean else ():
        (folder / name).unlink()
    return others


def read(folder: Path) -> dict[str, str]:
    """The texts of all YAML files by name. Raises FilesInvalid for one that is no UTF-8, or for no files at all."""
    files: dict[str, str] = {}
    faults, size = [], 0
    for name in sorted(_names(folder)):
        content = (folder / name).read_bytes()
        size += len(content)
        try:
            files[name] = content.decode()
        except UnicodeDecodeError:
            faults.append(Fault(name, 1, "", "this is no UTF-8"))
    if size > MOST_BYTES:
        faults.append(Fault(".", 1, "", f"more than {MOST_BYTES} bytes"))
    if not files and not faults:
        faults.append(Fault(".", 1, "", "no YAML file lies here; `export` writes them"))
    if faults:
        raise FilesInvalid(faults)
    return files


def _names(folder: Path) -> list[str]:
    """Every YAML file, also one with a name that no configuration has; hidden folders, such as git's, are left out."""
    found = (path.relative_to(folder) for kind in ("*.yaml", "*.yml") for path in folder.rglob(kind) if path.is_file())
    return [path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts)]
