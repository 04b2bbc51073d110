"""What docs/escalation.md tells a reader to type works against a real server."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.test_readme import ADDRESS, KEY, served
from tests.house.tree import ROOT

TEXT = (ROOT / "docs" / "escalation.md").read_text(encoding="utf-8")
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
        told = "\n".join([BEFORE, *BLOCKS]).replace(ADDRESS, address)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", told],
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=200,
            check=False,
        )

    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert '"auto best_cost"' in done.stdout
    assert '"council seat 3"' in done.stdout
