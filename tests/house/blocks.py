"""The blocks of a document are typed in, in the order it tells them, against a real server."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.house.test_readme import ADDRESS, KEY, served
from tests.house.tree import ROOT

BEFORE = f"""
set -euo pipefail
export API=http://{ADDRESS}/api/v1 KEY={KEY}
ask() {{ curl -sS --fail-with-body -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" "$@"; echo; }}
"""


def typed(name: str, folder: Path, *, before: str = "") -> subprocess.CompletedProcess[str]:
    """What came of all blocks of `docs/<name>`, after `ask` was defined and `before` was typed."""
    blocks = re.findall(r"^```bash\n(.*?)^```$", (ROOT / "docs" / name).read_text(encoding="utf-8"), re.M | re.S)
    with served(folder) as address:
        places = {"SPOOL_DIR": f"{folder}/spool", "SNAPSHOT_FILE": f"{folder}/snapshot.json"}
        store = {"DATABASE_URL": f"sqlite:///{folder}/store.db", **places}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        told = "\n".join([BEFORE, before, *blocks]).replace(ADDRESS, address).replace("run.py", str(ROOT / "run.py"))
        done = subprocess.run(
            ["bash", "-c", told],
            env={**os.environ, **store, "PATH": path},
            capture_output=True,
            text=True,
            cwd=folder,
            timeout=200,
            check=False,
        )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done
