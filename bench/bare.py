"""Writes a graph whose answer is known beforehand: nothing but UNWIND, MATCH by key and CREATE.

The strongest hand-written form that was found: an event, record or change goes in with all its edges in one statement,
grouped so that no statement has to ask what there is to do; everything else in one statement a kind; the same batches,
the same constraints and indexes, the same connection as the engine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphcdp.graph import Graph, Transaction

_OWN = "['Migration', 'Lock', 'InstalledProcedure']"
_NODES = f"""
MATCH (node) WHERE none(label IN labels(node) WHERE label IN {_OWN})
RETURN elementId(node) AS ref, labels(node) AS labels, properties(node) AS properties
"""
_EDGES = f"""
MATCH (tail)-[edge]->(head)
WHERE none(label IN labels(tail) + labels(head) WHERE label IN {_OWN})
RETURN elementId(tail) AS tail, type(edge) AS type, elementId(head) AS head, properties(edge) AS properties
"""
_LEAVES = frozenset({"Event", "Record", "Change"})
_UNIQUE = ("Identity", "Event", "Record", "Profile", "FormerProfile")


@dataclass(frozen=True, slots=True)
class Step:
    """One statement and all its rows.

    Attributes:
        text: it takes `$rows`, each row a list.
        rows: in the order read.
        nodes, edges: how many of each a row creates.
    """

    text: str
    rows: Sequence[list[Any]]
    nodes: int
    edges: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole graph as the steps that write it.

    Attributes:
        steps: in the order in which they can run.
        nodes, edges: how many there are.
    """

    steps: Sequence[Step]
    nodes: int
    edges: int


async def picture(graph: Graph) -> Picture:
    """Read everything that ingestion wrote, and plan how to write it again."""
    nodes = await graph.read_text(_NODES)
    edges = await graph.read_text(_EDGES)
    by_ref = {row["ref"]: row for row in nodes}
    of_leaf: defaultdict[str, list[tuple[str, bool, str, dict[str, Any]]]] = defaultdict(list)
    between: defaultdict[tuple[str, str, str, tuple[str, ...]], list[list[Any]]] = defaultdict(list)
    for edge in edges:
        tail, head = by_ref[edge["tail"]], by_ref[edge["head"]]
        if _LEAVES & set(tail["labels"]):
            of_leaf[edge["tail"]].append((edge["type"], True, edge["head"], edge["properties"]))
        elif _LEAVES & set(head["labels"]):
            of_leaf[edge["head"]].append((edge["type"], False, edge["tail"], edge["properties"]))
        else:
            names = tuple(sorted(edge["properties"]))
            ends = [tail["properties"][_key(tail)], head["properties"][_key(head)]]
            values = [edge["properties"][name] for name in names]
            between[edge["type"], _label(tail), _label(head), names].append(ends + values)
    anchors: defaultdict[tuple[tuple[str, ...], tuple[str, ...]], list[list[Any]]] = defaultdict(list)
    leaves: defaultdict[Any, list[list[Any]]] = defaultdict(list)
    for ref, row in by_ref.items():
        labels, names = tuple(sorted(row["labels"])), tuple(sorted(row["properties"]))
        values = [row["properties"][name] for name in names]
        if not _LEAVES & set(labels):
            anchors[labels, names].append(values)
            continue
        others = sorted(of_leaf[ref], key=lambda end: (end[0], end[1], end[2]))
        if any(end[3] for end in others):
            raise ValueError(f"An edge of {labels} has properties; teach bench/bare.py to write them.")
        shape = tuple((kind, outward, _label(by_ref[other])) for kind, outward, other, _ in others)
        keys = [by_ref[other]["properties"][_key(by_ref[other])] for _, _, other, _ in others]
        leaves[labels, names, shape].append(values + keys)
    steps = [
        Step(f"UNWIND $rows AS row CREATE (:{':'.join(labels)} {_map(names)})", rows, 1, 0)
        for (labels, names), rows in anchors.items()
    ]
    for (kind, tail_label, head_label, names), rows in between.items():
        text = (
            f"UNWIND $rows AS row MATCH (tail:{tail_label} {{{_KEYS[tail_label]}: row[0]}}) "
            f"MATCH (head:{head_label} {{{_KEYS[head_label]}: row[1]}}) "
            f"CREATE (tail)-[:{kind} {_map(names, 2)}]->(head)"
        )
        steps.append(Step(text, rows, 0, 1))
    for (labels, names, shape), rows in leaves.items():
        steps.append(Step(_leaf(labels, names, shape), rows, 1, len(shape)))
    return Picture(steps, len(nodes), len(edges))


def _leaf(labels: tuple[str, ...], names: tuple[str, ...], shape: tuple[tuple[str, bool, str], ...]) -> str:
    """Return the statement that creates one kind of leaf with all its edges."""
    matches, creates = [], [f"(leaf:{':'.join(labels)} {_map(names)})"]
    for place, (kind, outward, label) in enumerate(shape):
        matches.append(f"MATCH (end{place}:{label} {{{_KEYS[label]}: row[{len(names) + place}]}})")
        creates.append(f"(leaf)-[:{kind}]->(end{place})" if outward else f"(end{place})-[:{kind}]->(leaf)")
    return f"UNWIND $rows AS row {' '.join(matches)} CREATE {', '.join(creates)}"


async def write(graph: Graph, wanted: Picture, batch: int) -> None:
    """Write the whole picture in batches of so many rows, each a transaction.

    Raises:
        AssertionError: not everything was created (a MATCH found nothing).
    """
    nodes = edges = 0
    for step in wanted.steps:
        for rows in _batches(step.rows, batch):
            nodes, edges = nodes + step.nodes * len(rows), edges + step.edges * len(rows)

            async def work(tx: Transaction, step: Step = step, rows: list[list[Any]] = rows) -> None:
                await tx.run_text(step.text, {"rows": rows})

            await graph.transact(work)
    assert (nodes, edges) == (wanted.nodes, wanted.edges)


async def counts(graph: Graph) -> tuple[int, int]:
    """Return how many nodes and edges ingestion's part of the graph has."""
    nodes = await graph.read_text(
        f"MATCH (node) WHERE none(label IN labels(node) WHERE label IN {_OWN}) RETURN count(*) AS found"
    )
    edges = await graph.read_text("MATCH ()-[edge]->() RETURN count(*) AS found")
    return nodes[0]["found"], edges[0]["found"]


_KEYS = defaultdict(lambda: "id", {"Identity": "key"})


def _label(row: dict[str, Any]) -> str:
    """Return the label that a node's unique key stands under."""
    return next((label for label in _UNIQUE if label in row["labels"]), row["labels"][0])


def _key(row: dict[str, Any]) -> str:
    return _KEYS[_label(row)]


def _map(names: Sequence[str], start: int = 0) -> str:
    return "{" + ", ".join(f"`{name}`: row[{place}]" for place, name in enumerate(names, start)) + "}"


def _batches(rows: Sequence[list[Any]], size: int) -> list[list[list[Any]]]:
    return [list(rows[start : start + size]) for start in range(0, len(rows), size)]
