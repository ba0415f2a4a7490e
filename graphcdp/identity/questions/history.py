"""A person's identity history: every join, split, suppression, eviction and decision in order, and what caused it.

It is the replay of the person's region in event time under the rules in force, merged with what people decided and when
the rules changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from graphcdp.base.paging import Page, read_time_cursor, time_cursor
from graphcdp.identity.questions.chain import Evidence
from graphcdp.identity.questions.sentences import happened
from graphcdp.identity.replay.evidence import Occurrence

Group = tuple[str, ...]


class HistoryEntry(NamedTuple):
    """One thing that happened to a person's identities.

    Attributes:
        at: when: event time of an event's doing, system time of a person's decision or a change of rules.
        what: by an event `created`, `joined`, `returned` (a lost link seen again), `shared` (a device or cookie became
            nobody's), `suppressed`, `split` or `evicted`; else the kind of the decision, such as `link_cut`; or
            `rules_applied`.
        keys: created: the new identities; joined and split: the strongest identity of each part; suppressed and
            returned: the pair; shared and evicted: the one; decided: those it is about.
        because: `unique:crm_id`, `shared:crm_id`, `cap`, `hub`; the rule set for `rules_applied`; else None.
        event: the event or record that did it; None for a decision and for rules.
        before, after: the profiles concerned before and after, each strongest identity first; empty for a decision.
        who, reason: who decided and why; None where an event did it.
        change_id: the audited change, `writer/number`; None where an event did it.
    """

    at: datetime
    what: str
    keys: Group
    because: str | None = None
    event: Evidence | None = None
    before: tuple[Group, ...] = ()
    after: tuple[Group, ...] = ()
    who: str | None = None
    reason: str | None = None
    change_id: str | None = None

    @property
    def id(self) -> str:
        """What tells it from others of the same instant."""
        cause = self.event.id if self.event is not None else (self.change_id or self.because or "")
        return " ".join((cause, self.what, *self.keys))

    def sentence(self) -> str:
        """Say it in plain English."""
        return happened(self)


@dataclass(frozen=True, slots=True)
class History:
    """A person's identity history.

    Attributes:
        profile_id: the present id.
        keys: the person's present identities, by key.
        entries: what happened to them, in order.
    """

    profile_id: str
    keys: Group
    entries: tuple[HistoryEntry, ...]

    def page(self, first: int, after: str | None = None) -> Page[HistoryEntry]:
        """Return a stretch of it.

        Args:
            first: at most so many.
            after: cursor of the last entry already seen.

        Raises:
            InvalidInputError: the text is no cursor of this list.
        """
        return page_of(self.entries, first, after)


def page_of(entries: Sequence[HistoryEntry], first: int, after: str | None = None) -> Page[HistoryEntry]:
    """Return a stretch of entries that stand in order.

    Args:
        entries: all of them.
        first: at most so many.
        after: cursor of the last entry already seen.

    Raises:
        InvalidInputError: the text is no cursor of this list.
    """
    ts, id = read_time_cursor(after)
    begin = 0
    if ts is not None:
        ends = [place for place, one in enumerate(entries) if one.at < ts or (one.at == ts and one.id == id)]
        begin = ends[-1] + 1 if ends else 0
    rest = entries[begin : begin + first + 1]
    return Page([(one, time_cursor(one.at, one.id)) for one in rest[:first]], more=len(rest) > first)


def concerns(occurrence: Occurrence, own: frozenset[str]) -> bool:
    """Say whether something that happened concerns one of some identities."""
    groups = (occurrence.keys, *occurrence.before, *occurrence.after)
    return any(key in own for group in groups for key in group)


def entries_of(
    occurrences: Iterable[Occurrence], facts: Mapping[str, Evidence], notes: Mapping[str, Any] | None = None
) -> tuple[HistoryEntry, ...]:
    """Merge what a replay told with what people decided and when rules changed, in order of time.

    Args:
        occurrences: in order of replay.
        facts: the events and records they name, by id.
        notes: the row of `identity.history_notes`; None for none.
    """
    told = [
        HistoryEntry(
            one.ts,
            one.kind,
            one.keys,
            one.because,
            None if one.fact_id is None else facts.get(one.fact_id),
            one.before,
            one.after,
        )
        for one in occurrences
    ]
    return tuple(sorted([*told, *_decided(notes["changes"]), *_ruled(notes["terms"])], key=_when) if notes else told)


def _when(entry: HistoryEntry) -> datetime:
    return entry.at


def _decided(changes: Sequence[Mapping[str, Any]]) -> list[HistoryEntry]:
    found = [
        HistoryEntry(
            one["at"],
            one["kind"],
            tuple(one["keys"]),
            who=one["who"],
            reason=one["reason"],
            change_id=one["id"],
        )
        for one in changes
    ]
    return sorted(found, key=lambda one: (one.at, one.change_id or ""))


def _ruled(terms: Sequence[Mapping[str, Any]]) -> list[HistoryEntry]:
    return [HistoryEntry(one["at"], "rules_applied", (), one["id"]) for one in terms]
