"""Which offers a person is shown, and why each other one is not: the whole decision, without the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from graphcdp.decisions.eligible import Visitor
from graphcdp.decisions.offers import Cap, Offer, asked_of, filled

Share = Callable[[str, str], float]
"""Says at which place, 0 to 100, a founder stands in a hold-out group."""


class Reason(NamedTuple):
    """Why an offer was shown, or was not: a stable code and a sentence."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer that was chosen, its content filled in."""

    offer: Offer
    content: Any
    reason: Reason


@dataclass(frozen=True, slots=True)
class Passed:
    """An offer that was not chosen."""

    offer: Offer
    reason: Reason


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, in the order shown, and what was not, the most important first."""

    shown: tuple[Shown, ...]
    passed: tuple[Passed, ...]


def choose(
    offers: Sequence[Offer],
    slots: int,
    person: Visitor,
    *,
    seen: Iterable[tuple[str, datetime]],
    now: datetime,
    share: Share,
) -> Choice:
    """Choose offers for a person.

    Args:
        offers: of the placement, the most important first.
        slots: so many at most.
        person: who.
        seen: what the person was shown, as pairs of offer and time.
        now: the instant.
        share: places people in hold-out groups.
    """
    impressions: dict[str, list[datetime]] = {}
    for id, at in seen:
        impressions.setdefault(id, []).append(at)
    shown: list[Shown] = []
    passed: list[Passed] = []
    for offer in offers:
        why_not = _why_not(offer, shown, person, impressions.get(offer.id, ()), slots=slots, now=now, share=share)
        if why_not is not None:
            passed.append(Passed(offer, why_not))
        else:
            reason = Reason("eligible", f"The person fulfils `{offer.rule}`; priority {offer.priority}.")
            shown.append(Shown(offer, filled(offer.content, person.fields), reason))
    return Choice(tuple(shown), tuple(passed))


def _why_not(
    offer: Offer,
    shown: Sequence[Shown],
    person: Visitor,
    impressions: Sequence[datetime],
    *,
    slots: int,
    now: datetime,
    share: Share,
) -> Reason | None:
    if offer.starts is not None and now < offer.starts:
        return Reason("not_started", f"It starts on {offer.starts:%Y-%m-%d %H:%M} UTC.")
    if offer.ends is not None and now >= offer.ends:
        return Reason("ended", f"It ended on {offer.ends:%Y-%m-%d %H:%M} UTC.")
    if offer.forbidden:
        return Reason("forbidden", " ".join(each.sentence for each in offer.forbidden))
    if not offer.ready.evaluate(person.person, now).member:
        return Reason("not_eligible", f"The person does not fulfil `{offer.rule}`.")
    missing = sorted(name for name in asked_of(offer.content) if person.fields.get(name) is None)
    if missing:
        return Reason("unknown_attribute", f"Its text needs {', '.join(missing)}, which is not known of the person.")
    if offer.hold_out is not None and _held_out(offer, person, share):
        return Reason("held_out", f"The person is one of the {offer.percent:g} % that {offer.hold_out} holds out.")
    for cap in offer.caps:
        times = sum(1 for at in impressions if cap.seconds is None or at > now - timedelta(seconds=cap.seconds))
        if times >= cap.times:
            return Reason("capped", f"The person was shown it {times} times{_within(cap)}; {cap.times} are the most.")
    rival = next((each.offer for each in shown if offer.exclusive and each.offer.exclusive == offer.exclusive), None)
    if rival is not None:
        return Reason("excluded", f"{rival.id} is shown, and one of `{offer.exclusive}` is enough.")
    if len(shown) >= slots:
        return Reason("no_room", f"The placement shows {slots}, and others have a higher priority.")
    return None


def _held_out(offer: Offer, person: Visitor, share: Share) -> bool:
    if offer.percent is None or offer.hold_out is None:
        return False
    return share(offer.hold_out, person.founder) < offer.percent


def _within(cap: Cap) -> str:
    if cap.seconds is None:
        return ""
    days = cap.seconds / 86_400
    return f" in {days:g} days" if days >= 1 else f" in {cap.seconds / 3_600:g} hours"
