"""The flow of data as one picture, from sources to destinations, with counts and health."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from graphcdp.base import Clock
from graphcdp.graph import Graph

Health = Literal["ok", "warning", "broken"]
PROFILES = "profiles"
REJECTED_HOURS = 24


@dataclass(frozen=True, slots=True)
class FlowCount:
    """How many of what."""

    what: str
    count: int


@dataclass(frozen=True, slots=True)
class FlowNode:
    """A place that data goes through.

    Attributes:
        id: `kind:its own id`; kind: `source`, `dataset`, `profiles`, `score`, `audience`, `segment`, `activation`,
            `trigger`, `offer`, `destination`.
        title: for people.
        state: of a segment, activation, trigger or destination.
        health: whether it is well; told: in a sentence why not, else empty.
        counts: how many of what.
        last_at: when something last came in, or went out.
        labels: that it bears, of a dataset.
    """

    id: str
    kind: str
    title: str
    state: str | None = None
    health: Health = "ok"
    told: str = ""
    counts: tuple[FlowCount, ...] = ()
    last_at: datetime | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FlowEdge:
    """Data goes from one node to another; how much, where that can be said."""

    source: str
    target: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Dataflow:
    """The whole picture.

    Attributes:
        at: as of when.
        nodes, edges: of the picture, from left to right.
    """

    at: datetime
    nodes: tuple[FlowNode, ...]
    edges: tuple[FlowEdge, ...]

    @property
    def health(self) -> Health:
        """How the worst node is."""
        found = {one.health for one in self.nodes}
        return "broken" if "broken" in found else "warning" if "warning" in found else "ok"


async def read_dataflow(graph: Graph, clock: Clock) -> Dataflow:
    """Return the flow of data with counts and health. It counts every event: a second for each million."""
    now = clock.now()
    (row,) = await graph.read("governance.dataflow", since=now - timedelta(hours=REJECTED_HOURS))
    nodes: list[FlowNode] = [
        FlowNode(f"source:{one['id']}", "source", one["title"] or one["id"]) for one in row["sources"]
    ]
    edges: list[FlowEdge] = []
    for one in row["datasets"]:
        node = _dataset(one)
        nodes.append(node)
        if one["source"]:
            edges.append(FlowEdge(f"source:{one['source']}", node.id, None))
        edges.append(FlowEdge(node.id, PROFILES, sum(each.count for each in node.counts if each.what != "rejected")))
    people = row["profiles"]
    nodes.append(FlowNode(PROFILES, PROFILES, "Profiles", counts=(FlowCount("people", people),)))
    for kind, told, when in (("score", "title", "made_at"), ("audience", "name", "refreshed_at")):
        for one in row[f"{kind}s"]:
            id, people = f"{kind}:{one['id']}", one["people"] or 0
            nodes.append(
                FlowNode(id, kind, one[told] or one["id"], counts=(FlowCount("people", people),), last_at=one[when])
            )
            edges.append(FlowEdge(PROFILES, id, people))
            edges.extend(FlowEdge(other, id, None) for other in one["from"])
    for one in row["segments"]:
        id = f"segment:{one['id']}"
        nodes.append(
            FlowNode(
                id, "segment", one["name"], one["state"], "warning" if one["filling"] else "ok",
                "Not all people have been gone through yet." if one["filling"] else "",
                (FlowCount("members", one["members"]),),
            )
        )  # fmt: skip
        edges.append(FlowEdge(PROFILES, id, one["members"]))
        edges.extend(FlowEdge(other, id, None) for other in one["from"])
    for one in row["activations"]:
        node = _activation(one, now)
        nodes.append(node)
        edges.append(FlowEdge(f"segment:{one['segment']}", node.id, one["holds"]))
        edges.append(FlowEdge(node.id, f"destination:{one['destination']}", one["done"]))
    for one in row["triggers"]:
        node = _trigger(one)
        nodes.append(node)
        if "profile" in one["on"]:
            edges.append(FlowEdge(PROFILES, node.id, None))
        if "policy" in one["on"]:
            edges.extend(FlowEdge(f"activation:{each['id']}", node.id, None) for each in row["activations"])
            edges.extend(FlowEdge(f"offer:{each['id']}", node.id, None) for each in row["offers"])
        edges.append(FlowEdge(node.id, f"destination:{one['destination']}", one["done"]))
    for one in row["offers"]:
        id = f"offer:{one['id']}"
        told = f"Forbidden by {', '.join(one['forbidden'])}." if one["forbidden"] else ""
        nodes.append(FlowNode(id, "offer", one["title"], None, "broken" if told else "ok", told))
        edges.extend(FlowEdge(other, id, None) for other in one["from"] or (PROFILES,))
    waiting = _sums([*row["activations"], *row["triggers"]])
    nodes.extend(_destination(one, waiting.get(one["id"], (0, 0)), now) for one in row["destinations"])
    return Dataflow(now, tuple(nodes), tuple(edges))


def _dataset(one: Mapping[str, Any]) -> FlowNode:
    counted = one["counted"] or {"events": 0, "records": 0, "received": None}
    counts = tuple(FlowCount(what, counted[what]) for what in ("events", "records") if counted[what])
    rejected = one["rejected"]
    told = f"{rejected:,} facts were refused in the last {REJECTED_HOURS} hours." if rejected else ""
    if rejected:
        counts += (FlowCount("rejected", rejected),)
    return FlowNode(
        f"dataset:{one['id']}", "dataset", one["name"] or one["id"], None, "warning" if rejected else "ok", told,
        counts, counted["received"], tuple(one["labels"]),
    )  # fmt: skip


def _activation(one: Mapping[str, Any], now: datetime) -> FlowNode:
    health: Health = "ok"
    told = ""
    if one["forbidden"]:
        health, told = "broken", f"Forbidden by {', '.join(one['forbidden'])}."
    elif one["dead"]:
        health, told = "warning", f"{one['dead']:,} deliveries were given up."
    elif one["state"] == "active" and one["ends"] is not None and one["ends"] - now < timedelta(days=7):
        health, told = "warning", f"It ends at {one['ends']:%Y-%m-%d %H:%M} UTC."
    counts = tuple(FlowCount(what, one[what]) for what in ("holds", "queued", "done", "dead"))
    return FlowNode(f"activation:{one['id']}", "activation", one["id"], one["state"], health, told, counts)


def _trigger(one: Mapping[str, Any]) -> FlowNode:
    told = f"{one['dead']:,} deliveries were given up." if one["dead"] else ""
    counts = tuple(FlowCount(what, one[what]) for what in ("queued", "done", "dead"))
    return FlowNode(
        f"trigger:{one['id']}", "trigger", one["id"], one["state"], "warning" if told else "ok", told, counts
    )


def _destination(one: Mapping[str, Any], waiting: tuple[int, int], now: datetime) -> FlowNode:
    health: Health = "ok"
    told = ""
    if one["open_until"] is not None and one["open_until"] > now:
        health, told = "broken", f"It does not answer; tried again at {one['open_until']:%Y-%m-%d %H:%M:%S} UTC."
    elif one["failures"]:
        health, told = "warning", f"The last {one['failures']} tries failed."
    counts = (FlowCount("queued", waiting[0]), FlowCount("dead", waiting[1]))
    return FlowNode(
        f"destination:{one['id']}", "destination", one["title"] or one["id"], one["state"], health, told, counts,
        one["last_success"],
    )  # fmt: skip


def _sums(senders: Iterable[Mapping[str, Any]]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for one in senders:
        queued, dead = found.get(one["destination"], (0, 0))
        found[one["destination"]] = (queued + one["queued"], dead + one["dead"])
    return found
