"""What happened to profiles, told fact by fact while a replay runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from graphcdp.identity.replay.evidence import Link, Occurrence, OccurrenceKind, Seen
from graphcdp.identity.replay.parts import IN_FORCE, Node

Profile = tuple[str, ...]


class _Touched(NamedTuple):
    """A link as it was before the fact."""

    a: Node
    b: Node
    link: Link
    was: str | None


class Journal:
    """Compares profiles and links before and after each fact.

    Attributes:
        told: what happened so far.
    """

    def __init__(self) -> None:
        self.told: list[Occurrence] = []
        self._fact: Seen | None = None
        self._around: list[Node] = []
        self._before: dict[Node, Profile] = {}
        self._touched: dict[int, _Touched] = {}
        self._shared: list[Node] = []

    def open(self, fact: Seen, nodes: Sequence[Node]) -> None:
        """Begin with a fact, before it is seen."""
        self._fact = fact
        around = dict.fromkeys(member for node in nodes for member in node.together())
        self._around = sorted(around, key=lambda node: node.strength)
        self._before = _profiles(self._around)
        self._touched = {}
        self._shared = []

    def touched(self, a: Node, b: Node, link: Link, *, new: bool = False) -> None:
        """Note a link before a fact changes it."""
        if id(link) not in self._touched:
            one, other = (a, b) if a.order < b.order else (b, a)
            self._touched[id(link)] = _Touched(one, other, link, None if new else link.state)

    def shared(self, thing: Node) -> None:
        """Note that a device or cookie became nobody's."""
        self._shared.append(thing)

    def close(self) -> None:
        """Tell what the fact did by its policy; once a fact."""
        if self._fact is None:
            return
        before, after = self._before, _profiles(self._around)
        for group in dict.fromkeys(after.values()):
            olds = dict.fromkeys(p for n, p in before.items() if after[n] == group)
            new = [key for key in group if not any(key in old for old in olds)]
            if not olds:
                self._tell("created", new, None, (), (group,))
            elif len(olds) + len(new) > 1:
                shares = [next(key for key in group if key in old) for old in olds]
                self._tell("joined", [*shares, *new], None, tuple(olds), (group,))
        changed = sorted(self._touched.values(), key=lambda each: (each.a.strength, each.b.strength))
        for each in changed:
            if each.was in ("suppressed", "retired") and each.link.state == "active":
                self._about_pair("returned", each, after)
        for thing in self._shared:
            because = None if thing.shared is None else f"shared:{thing.shared.namespace}"
            self._tell("shared", [thing.key], because, (before.get(thing, ()),), (after[thing],))
        lost = [each for each in changed if each.link.state == "suppressed" and each.was in (None, *IN_FORCE)]
        for each in lost:
            self._about_pair("suppressed", each, after)
        for old in dict.fromkeys(before.values()):
            parts = dict.fromkeys(after[node] for node, profile in before.items() if profile == old)
            if len(parts) > 1:
                because = next((e.link.because for e in lost if e.a.key in old and e.b.key in old), None)
                strongest = [next(key for key in part if key in old) for part in parts]
                self._tell("split", strongest, because, (old,), tuple(parts))
        self._fact = None

    def evicted(self, fact: Seen, node: Node, members: Sequence[Node]) -> None:
        """Tell that the cap took an identity out of a profile, after `close`."""
        before = tuple(n.key for n in sorted(members, key=lambda n: n.strength) if n.first_seen is not None)
        after = tuple(dict.fromkeys(_profiles(sorted(members, key=lambda n: n.strength)).values()))
        self.told.append(Occurrence(fact.ts, fact.id, "evicted", (node.key,), "cap", (before,), after))

    def _about_pair(self, kind: OccurrenceKind, each: _Touched, after: dict[Node, Profile]) -> None:
        ends = (each.a, each.b)
        olds = dict.fromkeys(self._before[node] for node in ends if node in self._before)
        news = dict.fromkeys(after[node] for node in ends if node in after)
        self._tell(kind, [each.a.key, each.b.key], each.link.because, tuple(olds), tuple(news))

    def _tell(
        self,
        kind: OccurrenceKind,
        keys: Iterable[str],
        because: str | None,
        before: tuple[Profile, ...],
        after: tuple[Profile, ...],
    ) -> None:
        if self._fact is not None:
            self.told.append(
                Occurrence(self._fact.ts, self._fact.id, kind, tuple(keys), because, tuple(filter(None, before)), after)
            )


def _profiles(nodes: Iterable[Node]) -> dict[Node, Profile]:
    """Return the profile of each identity seen; the identities come strongest first."""
    groups: dict[int, list[Node]] = {}
    for node in nodes:
        if node.first_seen is not None:
            groups.setdefault(id(node if node.part is None else node.part), []).append(node)
    profiles: dict[Node, Profile] = {}
    for group in groups.values():
        profile = tuple(node.key for node in group)
        profiles.update((node, profile) for node in group)
    return profiles
