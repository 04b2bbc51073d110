"""What docs/tasks.md tells a reader to type works, in the order it is told, against a real server."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.test_readme import ADDRESS, KEY, served
from tests.house.tree import ROOT

TEXT = (ROOT / "docs" / "tasks.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```bash\n(.*?)^```$", TEXT, re.M | re.S)
BEFORE = f"""
set -euo pipefail
export API=http://{ADDRESS}/api/v1 KEY={KEY}
ask() {{ curl -sS --fail-with-body -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" "$@"; echo; }}
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_block_does_run(tmp_path: Path) -> None:
    with served(tmp_path) as address:
        places = {"SPOOL_DIR": f"{tmp_path}/spool", "SNAPSHOT_FILE": f"{tmp_path}/snapshot.json"}
        store = {"DATABASE_URL": f"sqlite:///{tmp_path}/store.db", **places}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        told = "\n".join([BEFORE, *BLOCKS]).replace(ADDRESS, address).replace("run.py", str(ROOT / "run.py"))
        done = subprocess.run(
            ["bash", "-c", told],
            env={**os.environ, **store, "PATH": path},
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=200,
            check=False,
        )

    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert "user ada prefers it for task 'chat'" in done.stdout
    assert "task chat is done by simulated/medium" in done.stdout
    assert "team green is served by simulated/small for task chat" in done.stdout
    assert '"cost_efficiency":' in done.stdout
    assert "simulated/small: 7 tokens in" in done.stderr
