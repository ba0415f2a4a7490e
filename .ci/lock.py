"""Make requirements.lock: the exact version of everything that `graphcdp[dev]` and its build need.

pip resolves the project afresh (nothing is installed) and the answer is written as plain `name==version` lines. Run it
on the oldest Python that the project supports, so that the versions chosen exist for all of them.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = """\
# Exact versions of all that graphcdp needs to run, to be tested and to be built. Made by `make lock`; do not edit.
# They install on Python 3.11 to 3.13.
"""


def resolve() -> dict[str, str]:
    """Return name to version of everything, as pip chooses it today for this Python."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    build = project["build-system"]["requires"]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        subprocess.run([*command, "--report", str(report), f"{ROOT}[dev]", *build], check=True)
        found = json.loads(report.read_text())["install"]
    versions = {re.sub(r"[-_.]+", "-", item["metadata"]["name"]).lower(): item["metadata"]["version"] for item in found}
    del versions[project["project"]["name"]]
    return versions


if __name__ == "__main__":
    lines = [f"{name}=={version}\n" for name, version in sorted(resolve().items())]
    (ROOT / "requirements.lock").write_text(HEADER + "".join(lines))
    sys.stdout.write(f"requirements.lock: {len(lines)} packages\n")
