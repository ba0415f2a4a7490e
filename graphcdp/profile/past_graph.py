"""A person's identity graph as of a past instant: what had been seen together, and what had become of each link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphcdp.graph import Graph
from graphcdp.identity import IdentityGraph
from graphcdp.identity.questions.explain import GraphDevice, GraphIdentity, GraphLink
from graphcdp.identity.questions.holders import Holder, Holders
from graphcdp.identity.questions.moments import Moment
from graphcdp.identity.questions.stood import Stood
from graphcdp.identity.replay.evidence import Link, Pair, key_order, pair
from graphcdp.identity.replay.region import Admission
from graphcdp.profile.values import Identity, SeenDevice

MOST_LOST = 200
MOST_LINKS = 1000


class PastGraphs:
    """Draws identity graphs as they were."""

    def __init__(self, graph: Graph, holders: Holders, stood: Stood) -> None:
        self._graph = graph
        self._holders = holders
        self._stood = stood

    async def around(
        self, holder: Holder, identities: Sequence[Identity], devices: Sequence[SeenDevice], moment: Moment
    ) -> IdentityGraph:
        """Return the graph of a person, with what they had lost one step out (200 identities and 1,000 links at most).

        What had become of each link is what the replay says: of what was known then under the rules of then, or of what
        had happened under the rules of today.

        Args:
            holder: the person then.
            identities: those held then, by key.
            devices: those they had been seen on.
            moment: the instant.
        """
        own = set(holder.keys)
        standing = await self._stood.around(holder.keys, moment)
        decided = standing.outcome.links
        seen = await self._seen(holder.keys, moment)
        near = {key for both in (*decided, *seen) for key in both if not own.isdisjoint(both)}
        lost = sorted(near - own, key=key_order)[:MOST_LOST]
        shown = own | set(lost)
        seen |= await self._seen(lost, moment)
        pairs = sorted({both for both in (*decided, *seen) if shown.issuperset(both)}, key=_place)
        links = [_link(both, decided.get(both), seen.get(both), Admission(standing.rules)) for both in pairs]
        return IdentityGraph(
            holder.id,
            (*(_own(each, holder.id) for each in identities), *(await self._lost(lost, moment))),
            tuple(links[:MOST_LINKS]),
            tuple(GraphDevice(each.id, each.kind, each.name, each.first_seen, each.last_seen) for each in devices),
            tuple(sorted((key, each.id) for each in devices for key in each.identity_keys)),
        )

    async def _seen(self, keys: Sequence[str], moment: Moment) -> dict[Pair, dict[str, Any]]:
        if not keys:
            return {}
        rows = await self._graph.read(
            "past.seen_together", keys=list(keys), known_by=moment.known_by, happened_by=moment.happened_by
        )
        return {pair(row["key"], row["other_key"]): row for row in rows}

    async def _lost(self, keys: Sequence[str], moment: Moment) -> list[GraphIdentity]:
        if not keys:
            return []
        holders = await self._holders.by_keys(keys, moment)
        rows = await self._graph.read(
            "past.identities", keys=list(keys), known_by=moment.known_by, happened_by=moment.happened_by
        )
        found = []
        for row in rows:
            elsewhere: Any = holders[row["key"]].holder
            found.append(GraphIdentity(**row, own=False, profile_id=None if elsewhere is None else elsewhere.id))
        return found


def _own(identity: Identity, profile_id: str) -> GraphIdentity:
    return GraphIdentity(
        identity.key, identity.namespace, identity.value, identity.first_seen, identity.last_seen,
        identity.known_from, own=True, profile_id=profile_id,
    )  # fmt: skip


def _link(both: Pair, decided: Link | None, seen: dict[str, Any] | None, admission: Admission) -> GraphLink:
    """Return a link of the picture; one that the rules say nothing of has an end that counts for nobody under them."""
    sources = tuple(seen["sources"]) if seen else ()
    if decided is not None:
        return GraphLink(
            *both, decided.state, decided.count, sources, decided.first_seen, decided.last_seen, decided.because,
            decided.by_event,
        )  # fmt: skip
    strange = next((key for key in both if not admission.counts(key)), both[0])
    because = f"unknown:{strange.split('|', 1)[0]}"
    told = seen or {"seen": 0, "first_seen": None, "last_seen": None}
    return GraphLink(*both, "suppressed", told["seen"], sources, told["first_seen"], told["last_seen"], because, None)


def _place(both: Pair) -> tuple[bytes, bytes]:
    return key_order(both[0]), key_order(both[1])
