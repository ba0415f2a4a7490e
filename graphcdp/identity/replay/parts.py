"""Identities and the parts they form under the links in force: union, limits, rebuilding, the cap. No policy here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from graphcdp.identity.replay.evidence import Link, key_order
from graphcdp.identity.rules.files import Namespace, RuleSet

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = datetime.min.replace(tzinfo=UTC)
_TURNS = ("cookie", "device", "person")
IN_FORCE = frozenset({"active", "pinned"})

Value = tuple[int, str]
"""A value that counts towards a limit: the namespace's priority and the canonical key."""


class Node:
    """One identity.

    Attributes:
        key, order: its key, and what keys are ordered by.
        rank: its namespace's priority; 0 where the rules do not know the namespace.
        person: whether it identifies a person.
        turn: whether the cap evicts it first (0, cookies), second or last.
        value: what counts towards a limit; None where the namespace has none.
        near: every identity it was ever linked to, with the link.
        part: the part it is in; None while it is alone.
        first_seen: None until a fact shows it.
        last_linked: when a fact last showed it with another.
        hub: whether it is quarantined.
        bound: whether a decision concerns it.
        shared: the fact that made it nobody's, and the limit's namespace.
    """

    __slots__ = (
        "bound",
        "first_seen",
        "hub",
        "key",
        "last_linked",
        "near",
        "order",
        "part",
        "person",
        "rank",
        "shared",
        "turn",
        "value",
    )

    def __init__(self, key: str, rule: Namespace | None, value: Value | None) -> None:
        self.key = key
        self.order = key_order(key)
        self.rank = 0 if rule is None else rule.priority
        self.person = rule is not None and rule.kind == "person"
        self.turn = 0 if rule is None else _TURNS.index(rule.kind)
        self.value = value
        self.near: dict[Node, Link] = {}
        self.part: Part | None = None
        self.first_seen: datetime | None = None
        self.last_linked = _NEVER
        self.hub = False
        self.bound = False
        self.shared: Shared | None = None

    @property
    def strength(self) -> tuple[int, bytes]:
        """What identities are ordered by, strongest first."""
        return self.rank, self.order

    def together(self) -> list[Node]:
        """Return the identities of its part, itself where it is alone."""
        return [self] if self.part is None else self.part.members

    def values(self) -> set[Value]:
        """Return what its part counts towards limits."""
        if self.part is not None:
            return self.part.values
        return set() if self.value is None else {self.value}


class Part:
    """Two identities or more that links in force hold together.

    Attributes:
        members: in no particular order.
        values: what counts towards limits.
        over: whether a limit is broken.
        founder: None until asked for.
    """

    __slots__ = ("founder", "members", "over", "values")

    def __init__(self, members: list[Node], values: set[Value], over: bool) -> None:
        self.members = members
        self.values = values
        self.over = over
        self.founder: Node | None = None


class Shared(NamedTuple):
    """How a device or cookie became nobody's."""

    namespace: str
    fact_id: str
    ts: datetime


class Held(NamedTuple):
    """A link with its two ends, the smaller key first."""

    low: Node
    high: Node
    link: Link


class Parts:
    """Keeps identities in parts."""

    def __init__(self, rules: RuleSet) -> None:
        self.cap = rules.max_identities
        self._names = {n.priority: n.name for n in rules.namespaces.values()}
        self._most = {n.priority: n.max_values for n in rules.namespaces.values() if n.max_values is not None}

    def name(self, rank: int) -> str:
        """Return the name of the namespace of a priority."""
        return self._names[rank]

    def limited(self, rule: Namespace) -> bool:
        """Say whether a namespace has a limit."""
        return rule.priority in self._most

    def broken(self, values: Iterable[Value]) -> int:
        """Return the priority of the strongest namespace with too many values, 0 if there is none."""
        counts: dict[int, int] = {}
        for rank, _ in values:
            counts[rank] = counts.get(rank, 0) + 1
        return min((rank for rank, count in counts.items() if count > self._most[rank]), default=0)

    def unite(self, a: Node, b: Node) -> None:
        """Put two identities into one part, whatever limit that breaks."""
        one, other = a.part, b.part
        if one is None:
            if other is None:
                values = {v for v in (a.value, b.value) if v is not None}
                a.part = b.part = Part([a, b], values, len(values) > 1 and self.broken(values) > 0)
            else:
                self._take_in(other, a)
        elif other is None:
            self._take_in(one, b)
        elif one is not other:
            if len(one.members) < len(other.members):
                one, other = other, one
            for member in other.members:
                member.part = one
            one.members += other.members
            one.founder = None
            if other.over or (other.values and not other.values <= one.values):
                one.values |= other.values
                one.over = one.over or other.over or self.broken(one.values) > 0

    def _take_in(self, part: Part, node: Node) -> None:
        node.part = part
        part.members.append(node)
        part.founder = None
        if node.value is not None and node.value not in part.values:
            part.values.add(node.value)
            part.over = part.over or self.broken(part.values) > 0

    def rebuild(self, members: Sequence[Node], own: Collection[int], lose: Callable[[Held, int], None]) -> None:
        """Build the parts of some identities anew from the links in force among them, strongest link first.

        The order: pinned links (never lost), the fact's own, smaller sum of priorities, more recently seen, keys.

        Args:
            members: of whole parts, or only the people's of them.
            own: `id()` of the fact's own links.
            lose: called with each link that would break a limit, and the priority of the strongest namespace broken.
        """
        held = between(members)
        held.sort(
            key=lambda h: (
                h.link.state != "pinned",
                id(h.link) not in own,
                h.low.rank + h.high.rank,
                timedelta(0) if h.link.last_seen is None else _EPOCH - h.link.last_seen,
                h.low.order,
                h.high.order,
            )
        )
        for member in members:
            member.part = None
        for each in held:
            low, high, link = each
            if link.state != "pinned" and (low.part is None or low.part is not high.part):
                broken = self.broken(low.values() | high.values())
                if broken:
                    lose(each, broken)
                    continue
            self.unite(low, high)

    def regroup(self, members: Sequence[Node]) -> None:
        """Form the parts of some identities anew, all links in force."""
        held = between(members)
        for member in members:
            member.part = None
        for low, high, _ in held:
            self.unite(low, high)

    def too_many(self, crowd: Sequence[Node]) -> Iterator[Node]:
        """Yield whom the cap evicts: cookies, devices, people's; the longest unseen first, then by key.

        The caller evicts each before it asks for the next, so one whose part has become small enough stays.

        Args:
            crowd: the identities of parts that are too large.
        """
        for turn in range(len(_TURNS)):
            for node in sorted((n for n in crowd if n.turn == turn), key=lambda n: (n.last_linked, n.order)):
                if node.part is not None and len(node.part.members) > self.cap:
                    yield node

    def founder(self, node: Node) -> Node:
        """Return who names the profile of an identity: strongest namespace, first seen, smallest key."""
        part = node.part
        if part is None:
            return node
        if part.founder is None:
            part.founder = min(
                (m for m in part.members if m.first_seen is not None),
                key=lambda m: (m.rank, m.first_seen or _NEVER, m.order),
            )
        return part.founder


def links_into(node: Node, members: Sequence[Node]) -> list[tuple[Node, Link]]:
    """Return an identity's links in force to some others."""
    near = node.near
    if len(near) > len(members):
        found = ((other, near.get(other)) for other in members)
        return [(other, link) for other, link in found if link is not None and link.state in IN_FORCE]
    inside = set(members)
    return [(other, link) for other, link in near.items() if link.state in IN_FORCE and other in inside]


def between(members: Sequence[Node]) -> list[Held]:
    """Return the links in force among some identities, each once."""
    inside = set(members)
    held = []
    for node in members:
        near = node.near
        if len(near) <= len(members):
            for other, link in near.items():
                if link.state in IN_FORCE and node.order < other.order and other in inside:
                    held.append(Held(node, other, link))
        else:
            for other in members:
                found = near.get(other)
                if found is not None and found.state in IN_FORCE and node.order < other.order:
                    held.append(Held(node, other, found))
    return held
