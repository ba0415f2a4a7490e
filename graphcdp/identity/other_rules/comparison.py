"""Two partitions of the same identities side by side: which profiles split, which merge, which are largest."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from graphcdp.identity.other_rules.survey import Survey
from graphcdp.identity.replay.evidence import key_order

LARGEST = 10


class ProfileSide(NamedTuple):
    """A profile before or after: the identity that names it, and its identities, that one first, then by key."""

    founder: str
    keys: tuple[str, ...]


class Move(NamedTuple):
    """A profile that becomes several (`split`), or several that become one (`merge`); one may be both in turn.

    `before` and `after` are whole profiles, those with more identities first, then by key. The one that splits may lose
    identities to a profile that gets others besides.
    """

    kind: Literal["split", "merge"]
    before: tuple[ProfileSide, ...]
    after: tuple[ProfileSide, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """How two partitions differ in numbers.

    Attributes:
        before, after: profiles.
        splits: profiles of before that become several.
        merges: profiles of after that were several.
        concerned: profiles of before in either, by the identities that name them.
        largest_before, largest_after: founder and number of identities of the largest, largest first.
    """

    before: int
    after: int
    splits: int
    merges: int
    concerned: frozenset[str]
    largest_before: tuple[tuple[str, int], ...]
    largest_after: tuple[tuple[str, int], ...]


class Comparison:
    """Compares the partition in force with what a survey found under its rules."""

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._splits: list[int] = []
        self._merges: list[int] = []
        self._after_of: dict[int, set[int]] = {}
        self._before_of: dict[int, set[int]] = {}
        self._members_before: dict[int, list[int]] = {}
        self._members_after: dict[int, list[int]] = {}
        self.counts = self._count()

    def moves(self) -> Iterator[Move]:
        """Yield every split, then every merge; those of the largest profiles first."""
        for place in self._splits:
            after = sorted(map(self._after, self._after_of[place]), key=_size)
            yield Move("split", (self._before(place),), tuple(after))
        for founder in self._merges:
            before = sorted(map(self._before, self._before_of[founder]), key=_size)
            yield Move("merge", tuple(before), (self._after(founder),))

    def _count(self) -> Counts:
        survey = self._survey
        first_after: dict[int, int] = {}
        first_before: dict[int, int] = {}
        sizes_before: dict[int, int] = {}
        sizes_after: dict[int, int] = {}
        for mine, place in enumerate(survey.profile_of):
            if place == -1:
                continue
            founder = survey.founder_of[mine]
            sizes_before[place] = sizes_before.get(place, 0) + 1
            sizes_after[founder] = sizes_after.get(founder, 0) + 1
            if first_after.setdefault(place, founder) != founder:
                self._after_of.setdefault(place, {first_after[place]}).add(founder)
            if first_before.setdefault(founder, place) != place:
                self._before_of.setdefault(founder, {first_before[founder]}).add(place)
        self._gather()
        self._splits = sorted(self._after_of, key=lambda place: (-sizes_before[place], survey.founder_keys[place]))
        self._merges = sorted(self._before_of, key=lambda founder: (-sizes_after[founder], survey.keys[founder]))
        concerned = {*self._after_of, *(place for places in self._before_of.values() for place in places)}
        return Counts(
            before=len(sizes_before),
            after=len(sizes_after),
            splits=len(self._splits),
            merges=len(self._merges),
            concerned=frozenset(survey.founder_keys[place] for place in concerned),
            largest_before=_largest((survey.founder_keys[place], size) for place, size in sizes_before.items()),
            largest_after=_largest((survey.keys[founder], size) for founder, size in sizes_after.items()),
        )

    def _gather(self) -> None:
        """Note the members of the profiles that are in a split or a merge."""
        survey = self._survey
        before = {*self._after_of, *(place for places in self._before_of.values() for place in places)}
        after = {*self._before_of, *(founder for founders in self._after_of.values() for founder in founders)}
        for mine, place in enumerate(survey.profile_of):
            if place in before:
                self._members_before.setdefault(place, []).append(mine)
            if place != -1 and survey.founder_of[mine] in after:
                self._members_after.setdefault(survey.founder_of[mine], []).append(mine)

    def _before(self, place: int) -> ProfileSide:
        return self._side(self._survey.founder_keys[place], self._members_before[place])

    def _after(self, founder: int) -> ProfileSide:
        return self._side(self._survey.keys[founder], self._members_after[founder])

    def _side(self, founder: str, members: list[int]) -> ProfileSide:
        keys = sorted((self._survey.keys[mine] for mine in members), key=lambda key: (key != founder, key_order(key)))
        return ProfileSide(founder, tuple(keys))


def _size(side: ProfileSide) -> tuple[int, bytes]:
    return -len(side.keys), key_order(side.founder)


def _largest(sizes: Iterator[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple(heapq.nsmallest(LARGEST, sizes, key=lambda one: (-one[1], key_order(one[0]))))
