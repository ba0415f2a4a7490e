"""What the oracle is told: the rules, what a person decided, and how keys are ordered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Pair = tuple[str, str]
Policy = Literal["last_login", "first_owner", "nobody", "session"]


def key_order(key: str) -> bytes:
    """Return what keys (and ids of facts) are compared by: their UTF-16 code units."""
    return key.encode("utf-16-be")


def pair_of(a: str, b: str) -> Pair:
    """Return two keys as (smaller, larger)."""
    return (a, b) if key_order(a) < key_order(b) else (b, a)


@dataclass(frozen=True, slots=True)
class Namespace:
    """What the rules say of one kind of identifier.

    Attributes:
        name: as identities name it.
        kind: `person`, `device` or `cookie`; the last two are things.
        priority: 1 is the strongest; no two namespaces share one.
        max_values: at most so many values on one profile (1 is unique); None: any number.
        blocked: values that identify nobody.
    """

    name: str
    kind: str
    priority: int
    max_values: int | None = None
    blocked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rules:
    """One version of the identity rules."""

    namespaces: tuple[Namespace, ...]
    max_identities: int = 50
    policy: Policy = "last_login"
    visit_minutes: int = 30
    max_links: int = 500

    def of(self, key: str) -> Namespace:
        """Return the namespace of a key."""
        return next(space for space in self.namespaces if space.name == key.split("|", 1)[0])

    def priority(self, key: str) -> int:
        """Return the priority of a key's namespace."""
        return self.of(key).priority

    def is_person(self, key: str) -> bool:
        """Say whether a key names a person, not a thing."""
        return self.of(key).kind == "person"

    def strength(self, key: str) -> tuple[int, bytes]:
        """Return what keys are ordered by, the strongest first."""
        return self.priority(key), key_order(key)

    def admitted(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Return the keys that count under these rules, strongest first."""
        blocked = {f"{space.name}|{value}" for space in self.namespaces for value in space.blocked}
        names = {space.name for space in self.namespaces}
        return tuple(sorted({k for k in keys if k.split("|", 1)[0] in names and k not in blocked}, key=self.strength))

    def violated(self, keys: Iterable[str], counts_as: Mapping[str, str] | None = None) -> Namespace | None:
        """Return the strongest namespace that has more values among the keys than it may, or None.

        Args:
            keys: of one profile, or of what might become one.
            counts_as: keys that a person declared to be another one.
        """
        declared = counts_as or {}
        everyone = set(keys)
        for space in sorted(self.namespaces, key=lambda one: one.priority):
            values = {declared.get(key, key) for key in everyone if self.of(key) == space}
            if space.max_values is not None and len(values) > space.max_values:
                return space
        return None


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a person decided. It holds at every instant, whatever is seen.

    Attributes:
        cut: pairs that are never in force.
        pinned: pairs that always are. None of them is cut.
        rekeyed: key and the key it counts as; both are pinned together.
        quarantined: identities that make no link of their own.
    """

    cut: frozenset[Pair] = frozenset()
    pinned: frozenset[Pair] = frozenset()
    rekeyed: Mapping[str, str] = field(default_factory=dict)
    quarantined: frozenset[str] = frozenset()
