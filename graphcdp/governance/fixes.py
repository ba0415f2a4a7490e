"""The smallest changes after which nothing is forbidden any more: minimal hitting sets. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

T = TypeVar("T", bound=Hashable)
MOST_CHANGES, MOST_FOUND, MOST_LOOKED_AT = 8, 20, 20_000

Way = frozenset[T]
"""Changes of which each closes a way of a label to where it is forbidden."""
Wrong = Sequence[Sequence[Way[T]]]
"""One forbidden set of labels: for each label the ways it comes; closing all ways of one label is enough."""


def smallest_fixes(wrongs: Sequence[Wrong[T]]) -> tuple[tuple[T, ...], ...]:
    """Return minimal sets of changes after which no forbidden set of labels is whole, the smallest sets first.

    A set is minimal: none of its changes could be left out. They are found by branching over the changes that close the
    first open way of each label of the first wrong that still stands (Reiter's hitting set tree, with labels as
    alternatives); never deeper than `MOST_CHANGES`, nor more than `MOST_LOOKED_AT` sets.

    Args:
        wrongs: what is forbidden; a way that nothing can close is an empty set.

    Returns:
        At most `MOST_FOUND` sets; empty if nothing helps. No wrong: one empty set.

    Source: R. Reiter, A theory of diagnosis from first principles, Artificial Intelligence 32 (1987).
    """
    found: list[frozenset[T]] = []
    level: list[frozenset[T]] = [frozenset()]
    seen: set[frozenset[T]] = {frozenset()}
    looked_at = 0
    for _ in range(MOST_CHANGES + 1):
        following: list[frozenset[T]] = []
        for chosen in level:
            if any(one <= chosen for one in found):
                continue
            looked_at += 1
            standing = next((wrong for wrong in wrongs if not _undone(wrong, chosen)), None)
            if standing is None:
                found.append(chosen)
                if len(found) >= MOST_FOUND:
                    return _told(found, wrongs)
                continue
            for change in _next(standing, chosen):
                more = chosen | {change}
                if more not in seen:
                    seen.add(more)
                    following.append(more)
        if looked_at > MOST_LOOKED_AT:
            break
        level = following
    return _told(found, wrongs)


def _undone(wrong: Wrong[T], chosen: frozenset[T]) -> bool:
    """Say whether some label of a wrong no longer comes by any way."""
    return any(all(not way.isdisjoint(chosen) for way in label) for label in wrong)


def _next(wrong: Wrong[T], chosen: frozenset[T]) -> list[T]:
    """Return the changes that close the first open way of some label of a wrong."""
    found: dict[T, None] = {}
    for label in wrong:
        if any(not way for way in label):
            continue
        open_way = next((way for way in label if way.isdisjoint(chosen)), None)
        found.update(dict.fromkeys(sorted(open_way or (), key=repr)))
    return list(found)


def _told(found: list[frozenset[T]], wrongs: Sequence[Wrong[T]]) -> tuple[tuple[T, ...], ...]:
    minimal = [
        one for one in found
        if not any(all(_undone(wrong, one - {change}) for wrong in wrongs) for change in one)
    ]  # fmt: skip
    return tuple(
        tuple(sorted(one, key=repr)) for one in sorted(minimal, key=lambda one: (len(one), sorted(map(repr, one))))
    )
