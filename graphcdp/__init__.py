"""graphcdp: a graph-database identity and journey engine on Neo4j."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphcdp.client import CDP, connect

__version__ = "0.1.0"
__all__ = ["CDP", "connect"]


def __getattr__(name: str) -> Any:
    """Bring in the client only where it is asked for: commands start without pandas."""
    if name in __all__:
        from graphcdp import client

        return getattr(client, name)
    raise AttributeError(f"module 'graphcdp' has no attribute {name!r}")
