"""Whether the machine has room for the server: memory and disk."""

from __future__ import annotations

import shutil
from pathlib import Path

import psutil

from graphcdp.base import ServerError, Settings

_BESIDE_BYTES = 300 * 1024**2
_DATA_BYTES = 500 * 1024**2
_UNITS = {"m": 1024**2, "g": 1024**3}


def size_bytes(text: str) -> int:
    """Return the bytes of a size such as `512m` or `2g`."""
    return int(text[:-1]) * _UNITS[text[-1]]


def memory_needed(settings: Settings) -> int:
    """Return the bytes the server may come to use."""
    return size_bytes(settings.neo4j_heap) + size_bytes(settings.neo4j_page_cache) + _BESIDE_BYTES


def memory_available(groups: Path = Path("/sys/fs/cgroup")) -> int:
    """Return the bytes free for new programs; inside a container what its limit leaves."""
    free = int(psutil.virtual_memory().available)
    try:
        limit = int((groups / "memory.max").read_text())
        used = int((groups / "memory.current").read_text())
    except (OSError, ValueError):
        return free
    return max(0, min(free, limit - used))


def disk_free(folder: Path) -> int:
    """Return the bytes free on the disk where a folder is or will be."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def require_memory(settings: Settings) -> None:
    """Refuse to start where memory is short.

    Raises:
        ServerError: with what is needed, what there is, and which settings to lower.
    """
    needed, there = memory_needed(settings), memory_available()
    if there < needed:
        raise ServerError(
            f"Neo4j needs {needed / 1e6:.0f} MB of memory (heap {settings.neo4j_heap}, page cache "
            f"{settings.neo4j_page_cache}, 300 MB beside), and only {there / 1e6:.0f} MB are free. Close other "
            "programs, or lower GRAPHCDP_NEO4J_HEAP (512m is the least that works well) and "
            "GRAPHCDP_NEO4J_PAGE_CACHE (128m).",
            needed_bytes=needed,
            available_bytes=there,
        )


def require_disk(folder: Path) -> None:
    """Refuse to start where the disk is nearly full.

    Raises:
        ServerError: with the folder, and which setting moves it.
    """
    free = disk_free(folder)
    if free < _DATA_BYTES:
        raise ServerError(
            f"Neo4j needs {_DATA_BYTES / 1e6:.0f} MB of disk in {folder}, and only {free / 1e6:.0f} MB are free there. "
            "Make room, or set GRAPHCDP_HOME to a folder on another disk.",
            path=str(folder),
            free_bytes=free,
        )
