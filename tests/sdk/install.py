"""Bring the JavaScript SDKs that the tests need, once, into the cache folder."""

from __future__ import annotations

import sys
from pathlib import Path

from bench import node
from bench.node import NODE, NODE_HOME

__all__ = ["NODE", "NODE_HOME", "modules"]


def modules() -> Path:
    """Return the folder `node_modules` with the SDKs of package.json; install them first if they are missing.

    Raises:
        RuntimeError: npm failed; its last lines say why.
    """
    return node.modules(Path(__file__).resolve().parent / "package.json")


if __name__ == "__main__":
    sys.stdout.write(f"{modules()}\n")
