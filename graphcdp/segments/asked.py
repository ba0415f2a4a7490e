"""What asks for a field of profiles: looked at before the field goes away."""

from __future__ import annotations

from graphcdp.graph import Graph
from graphcdp.segments.named import expand
from graphcdp.segments.needs import needs
from graphcdp.segments.tree import from_json


async def asking_for(graph: Graph, field: str) -> tuple[str, ...]:
    """Return the segments (archived ones aside) and offers whose rule asks for `profile.<field>`: `Segment runners`."""
    rows = await graph.read_rows("segments.rules_kept")
    return tuple(what for what, tree in rows if field in needs(expand(from_json(tree))).fields)
