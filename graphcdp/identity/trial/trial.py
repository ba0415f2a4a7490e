"""Tries a rule set on a history written by hand or in a file: who is who, what was lost and why. No graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from graphcdp.base import InvalidInputError
from graphcdp.identity.replay.replay import Decisions, Link, Outcome, Replay, Seen, key_order, replay
from graphcdp.identity.rules.files import RuleSet, parse_rules
from graphcdp.identity.trial.lines import History, LeftOut, RejectedLine, read_history

MOST_STEPS = 2_000
"""Beyond so many events the owners are told after the last one alone, unless asked: they grow with the square."""


@dataclass(frozen=True, slots=True)
class TriedLink:
    """A link between two identities, in any state; `a` is the smaller key."""

    a: str
    b: str
    state: str
    because: str | None
    by_event: str | None
    first_seen: datetime | None
    last_seen: datetime | None
    count: int

    @classmethod
    def of(cls, a: str, b: str, link: Link) -> TriedLink:
        """Turn a link of the replay into one of the answer."""
        return cls(a, b, link.state, link.because, link.by_event, link.first_seen, link.last_seen, link.count)

    def sentence(self) -> str:
        """Say in plain English what became of the link."""
        a, b = told(self.a), told(self.b)
        if self.state == "active":
            return f"{a} and {b} are linked."
        if self.state == "pinned":
            return f"{a} and {b} are linked by a person's decision."
        if self.state == "cut":
            return f"{a} and {b} were cut apart by a person."
        kind, _, namespace = (self.because or "").partition(":")
        if kind == "shared":
            return (
                f"{a} and {b} are not linked: event {self.by_event} showed that one of them is used by people with "
                f"different {namespace}, so it belongs to nobody."
            )
        if kind == "unique":
            return (
                f"{a} and {b} are not linked: with event {self.by_event} they would put more values of {namespace} "
                "on one person than one may have."
            )
        if kind == "cap":
            return f"{a} and {b} are no longer linked: with event {self.by_event} the profile had too many identities."
        return f"{a} and {b} are not linked: one of them was seen with too many others to tell people apart."


class Step(NamedTuple):
    """Who owns what after one event.

    Attributes:
        id, t: of the event.
        identities: each identity seen so far, to the founder of its profile.
        events: each event so far, to the founder of the profile that holds it.
    """

    id: str
    t: datetime
    identities: Mapping[str, str]
    events: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule set makes of a history.

    Attributes:
        rules: the rule set.
        facts: the events that count, in order of replay.
        profiles: each with its identities strongest first; strongest first identity first.
        links: by keys.
        rejected: lines that are no event, by line.
        left_out: identities that do not count, and repeated lines.
        after: who owned what after each event; after the last one alone where there are too many and nobody asked.
        hubs: identities seen with too many others; they make no link.
        decisions: under which it was played, hubs with them.
    """

    rules: RuleSet
    facts: tuple[Seen, ...]
    profiles: tuple[tuple[str, ...], ...]
    links: tuple[TriedLink, ...]
    rejected: tuple[RejectedLine, ...]
    left_out: tuple[LeftOut, ...]
    after: tuple[Step, ...]
    hubs: tuple[str, ...]
    decisions: Decisions

    def steps(self, start: int = 0, stop: int | None = None) -> tuple[Step, ...]:
        """Return who owned what after some of the events, by their places in order of replay."""
        player = Replay(self.rules, self.decisions)
        found = []
        for place, fact in enumerate(self.facts[:stop]):
            player.take(fact)
            if place >= start:
                found.append(_step(fact, player.founders(), player.bearers()))
        return tuple(found)

    @property
    def owners(self) -> Step | None:
        """Who owns what in the end; None where there is no event."""
        return self.after[-1] if self.after else None

    @property
    def lost(self) -> tuple[TriedLink, ...]:
        """The links that are not in force."""
        return tuple(link for link in self.links if link.state not in ("active", "pinned"))

    def as_json(self) -> dict[str, Any]:
        """Return the answer as JSON, times as text in UTC."""
        return {
            "policy": self.rules.policy,
            "rules": self.rules.version,
            "profiles": [list(profile) for profile in self.profiles],
            "links": [_plain(asdict(link)) for link in self.links],
            "rejected": [each._asdict() for each in self.rejected],
            "left_out": [each._asdict() for each in self.left_out],
            "hubs": list(self.hubs),
            "after": [_plain(step._asdict()) for step in self.after],
        }


def try_rules(
    rules: RuleSet | str,
    lines: Iterable[str],
    *,
    decisions: Decisions | None = None,
    released: Iterable[str] = (),
    steps: bool | None = None,
    default_region: str = "GB",
    most_pairs: int | None = None,
) -> Trial:
    """Try a rule set on a history; nothing is read from a graph or written to one.

    Args:
        rules: the rule set, or its YAML text.
        lines: one event a line: JSON `{"t": "2026-01-01T00:00:01Z", "identities": [["crm_id", "ana"]]}`, or
            `CRM_ID: ana, ECID: e1` (one minute apart, or each with its time in front). They may be out of order.
        decisions: what people decided.
        released: identities that are no hubs, however many others they are seen with.
        steps: whether to tell the owners after each event, or after the last alone; None tells all of at most 2,000.
        default_region: where phone numbers without a country code are from.
        most_pairs: how many pairs of identities the events may show in all; None is any number.

    Raises:
        ConfigurationError: the rules are wrong.
        InvalidInputError: the events show more pairs than may be.
    """
    chosen = parse_rules(rules) if isinstance(rules, str) else rules
    history = read_history(chosen, lines, default_region=default_region)
    pairs = sum(len(fact.keys) * (len(fact.keys) - 1) // 2 for fact in history.facts)
    if most_pairs is not None and pairs > most_pairs:
        raise InvalidInputError(
            f"The events show {pairs:,} pairs of identities, and {most_pairs:,} are the most; try fewer events."
        )
    return _play(chosen, history, decisions or Decisions(), frozenset(released), steps)


def _play(
    rules: RuleSet, history: History, decisions: Decisions, released: frozenset[str], steps: bool | None
) -> Trial:
    outcome = replay(rules, history.facts, decisions)
    hubs = outcome.crowded - released
    if hubs - decisions.quarantined:
        decisions = replace(decisions, quarantined=decisions.quarantined | hubs)
        outcome = replay(rules, history.facts, decisions)
    trial = Trial(
        rules=rules,
        facts=history.facts,
        profiles=outcome.profiles,
        links=_links(outcome),
        rejected=history.rejected,
        left_out=history.left_out,
        after=(_step(history.facts[-1], outcome.founders, outcome.bearers),) if history.facts else (),
        hubs=tuple(sorted(decisions.quarantined & outcome.founders.keys(), key=key_order)),
        decisions=decisions,
    )
    told_all = steps or (steps is None and len(history.facts) <= MOST_STEPS)
    return replace(trial, after=trial.steps()) if told_all else trial


def _step(fact: Seen, founders: Mapping[str, str], bearers: Mapping[str, str]) -> Step:
    return Step(fact.id, fact.ts, founders, {event: founders[key] for event, key in bearers.items()})


def _links(outcome: Outcome) -> tuple[TriedLink, ...]:
    ordered = sorted(outcome.links.items(), key=lambda item: (key_order(item[0][0]), key_order(item[0][1])))
    return tuple(TriedLink.of(a, b, link) for (a, b), link in ordered)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: instant(value) if isinstance(value, datetime) else value for name, value in row.items()}


def instant(ts: datetime) -> str:
    """Return a time as the events' own JSON writes it."""
    return ts.isoformat().replace("+00:00", "Z")


def told(key: str) -> str:
    """Return an identity for a sentence: `crm_id ana`."""
    return key.replace("|", " ", 1)
