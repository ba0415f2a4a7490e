"""A Sankey picture: how many went from what to what, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from graphcdp.pictures.charts import COLOURS, nothing
from graphcdp.pictures.picture import VEGA, Picture

WIDTH, COLUMN, GAP, NODE = 150.0, 420.0, 12.0, 14.0


class Flow(NamedTuple):
    """So many went from an item of a column to an item of the next."""

    column: int
    item: str
    to: str
    size: int


class _Node(NamedTuple):
    x: float
    top: float
    height: float


def sankey(flows: Sequence[Flow], *, title: str, subtitle: str = "") -> Picture:
    """Return a Sankey picture; the items of a column stand by size, what nobody went to or from does not stand.

    Args:
        flows: each between neighbouring columns; counts above zero.
        title, subtitle: above it.
    """
    flows = [one for one in flows if one.size > 0]
    if not flows:
        return nothing(title)
    sizes = _sizes(flows)
    columns = sorted({column for column, _ in sizes})
    largest = max((sum(size for (at, _), size in sizes.items() if at == column) for column in columns), default=1)
    most = max((sum(1 for at, _ in sizes if at == column) for column in columns), default=1)
    scale = COLUMN / largest
    nodes: dict[tuple[int, str], _Node] = {}
    for place, column in enumerate(columns):
        top = 0.0
        for (at, item), size in sorted(sizes.items(), key=lambda one: (-one[1], one[0][1])):
            if at == column:
                nodes[at, item] = _Node(place * (WIDTH + NODE), top, size * scale)
                top += size * scale + GAP
    items = sorted({item for _, item in nodes})
    colours = {item: COLOURS[place % len(COLOURS)] for place, item in enumerate(items)}
    ribbons = _ribbons(flows, nodes, scale, colours)
    boxes = [
        {
            "x": node.x, "y": node.top, "height": max(node.height, 1), "colour": colours[item], "item": item,
            "label": f"{item}  {sizes[column, item]:,}", "middle": node.top + node.height / 2,
        }
        for (column, item), node in nodes.items()
    ]  # fmt: skip
    width = len(columns) * (WIDTH + NODE) if columns else WIDTH
    spec: dict[str, Any] = {
        "$schema": VEGA,
        "background": "white",
        "padding": 16,
        "width": width,
        "height": COLUMN + most * GAP,
        "title": {"text": title, "anchor": "start", "fontSize": 15, **({"subtitle": subtitle} if subtitle else {})},
        "data": [{"name": "ribbons", "values": ribbons}, {"name": "boxes", "values": boxes}],
        "marks": [
            {
                "type": "path",
                "from": {"data": "ribbons"},
                "encode": {
                    "enter": {
                        "path": {"field": "path"}, "fill": {"field": "colour"}, "fillOpacity": {"value": 0.35},
                        "tooltip": {"field": "told"},
                    }
                },
            },
            {
                "type": "rect",
                "from": {"data": "boxes"},
                "encode": {
                    "enter": {
                        "x": {"field": "x"}, "y": {"field": "y"}, "width": {"value": NODE},
                        "height": {"field": "height"}, "fill": {"field": "colour"}, "tooltip": {"field": "label"},
                    }
                },
            },
            {
                "type": "text",
                "from": {"data": "boxes"},
                "encode": {
                    "enter": {
                        "x": {"field": "x", "offset": NODE + 5}, "y": {"field": "middle"}, "text": {"field": "label"},
                        "baseline": {"value": "middle"}, "fontSize": {"value": 11}, "limit": {"value": WIDTH - 12},
                    }
                },
            },
        ],
    }  # fmt: skip
    return Picture(spec)


def _sizes(flows: Sequence[Flow]) -> dict[tuple[int, str], int]:
    """Return how many stand at each item: the larger of those who came and those who went."""
    out: dict[tuple[int, str], int] = {}
    into: dict[tuple[int, str], int] = {}
    for one in flows:
        out[one.column, one.item] = out.get((one.column, one.item), 0) + one.size
        into[one.column + 1, one.to] = into.get((one.column + 1, one.to), 0) + one.size
    return {key: max(out.get(key, 0), into.get(key, 0)) for key in out.keys() | into.keys()}


def _ribbons(
    flows: Sequence[Flow], nodes: dict[tuple[int, str], _Node], scale: float, colours: dict[str, str]
) -> list[dict[str, Any]]:
    left = {key: node.top for key, node in nodes.items()}
    right = dict(left)
    found = []
    order = sorted(
        flows, key=lambda one: (one.column, nodes[one.column, one.item].top, nodes[one.column + 1, one.to].top)
    )
    for one in order:
        start, end = nodes[one.column, one.item], nodes[one.column + 1, one.to]
        thick = one.size * scale
        y0, y1 = left[one.column, one.item], right[one.column + 1, one.to]
        left[one.column, one.item] += thick
        right[one.column + 1, one.to] += thick
        x0, x1 = start.x + NODE, end.x
        middle = (x0 + x1) / 2
        path = (
            f"M{x0:.1f},{y0:.1f}C{middle:.1f},{y0:.1f} {middle:.1f},{y1:.1f} {x1:.1f},{y1:.1f}"
            f"L{x1:.1f},{y1 + thick:.1f}C{middle:.1f},{y1 + thick:.1f} {middle:.1f},{y0 + thick:.1f} "
            f"{x0:.1f},{y0 + thick:.1f}Z"
        )
        found.append({"path": path, "colour": colours[one.item], "told": f"{one.item} → {one.to}: {one.size:,}"})
    return found
