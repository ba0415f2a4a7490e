"""What asks for a field of profiles: looked at before the field goes away."""

from __future__ import annotations

from graphcdp.graph import Graph
from graphcdp.segments.reads import reads


async def asking_for(graph: Graph, field: str) -> tuple[str, ...]:
    """Return the segments (archived ones aside) and offers whose rule asks for `profile.<field>`: `Segment runners`."""
    rows = await graph.read_rows("segments.rules_kept")
    return tuple(what for what, tree in rows if f"profile.{field}" in reads(tree).fields)
