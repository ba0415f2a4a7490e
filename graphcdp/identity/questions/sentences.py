"""Answers about who is who in plain English."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from graphcdp.identity.questions.chain import Evidence, LinkStep

if TYPE_CHECKING:
    from graphcdp.identity.questions.history import HistoryEntry
    from graphcdp.identity.questions.why_not import ApartStep, Opposition, WhyNot

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def explained(from_key: str, to_key: str, profile_id: str | None, steps: Sequence[LinkStep]) -> str:
    """Say why two identities are one person, or that they are not."""
    if from_key == to_key:
        return f"{from_key} is one identity: it needs no evidence to be one person."
    if profile_id is None:
        return f"{from_key} and {to_key} are two people: no chain of links in force joins them."
    weakest = next((step for step in steps if step.weakest), None)
    if weakest is None:
        return f"{from_key} and {to_key} are one person."
    told = f"{from_key} and {to_key} are one person over {_counted(len(steps), 'link')}."
    pair = "They" if len(steps) == 1 else f"The weakest joins {weakest.left_key} and {weakest.right_key}, which"
    return f"{told} {pair} {_sightings(weakest)}"


def told_apart(answer: WhyNot) -> str:
    """Say why two identities are two people, or that they are not."""
    pair = f"{answer.from_key} and {answer.to_key}"
    if answer.from_key == answer.to_key:
        return f"{answer.from_key} is one identity: it cannot be two people."
    if answer.verdict == "one person":
        return f"{pair} are one person. Ask `explain` for the evidence."
    lost = answer.lost
    if not lost:
        return f"{pair} are two people: nothing ever linked them, neither directly nor over other identities."
    if len(answer.steps) == 1:
        opening = f"{pair} are two people: the link between them is not in force."
    else:
        chain = _counted(len(answer.steps), "link")
        opening = (
            f"{pair} are two people: of the {chain} between them, {_counted(len(lost), 'is', 'are')} not in force."
        )
    return " ".join([opening, *(_loss(step) for step in lost)])


def happened(entry: HistoryEntry) -> str:
    """Tell of one entry of a history."""
    when = f"{entry.at:%Y-%m-%d %H:%M:%S} UTC"
    if entry.event is None:
        return f"{when}: {_decided(entry)}"
    event = entry.event
    source = f" from {event.source}" if event.source else ""
    return f"{when}: {_done(entry)} (by the {event.type} {event.id}{source})."


def _decided(entry: HistoryEntry) -> str:
    if entry.what == "rules_applied":
        return f"the identity rules {entry.because} came in force."
    who = entry.who or "a person"
    why = f", because: {entry.reason.rstrip('.')}" if entry.reason else ""
    what = {
        "link_cut": f"cut the link between {listed(entry.keys)}",
        "link_pinned": f"pinned {listed(entry.keys)} together",
        "link_restored": f"restored the link between {listed(entry.keys)}",
        "profiles_merged": f"merged two people over {listed(entry.keys)}",
        "profile_split": f"split a person, cutting links of {listed(entry.keys)}",
        "hub_released": f"released {listed(entry.keys)} from quarantine",
        "decision_undone": f"took back a decision about {listed(entry.keys)}",
    }.get(entry.what)
    if what is None:
        declared = entry.what in ("identity_rekeyed", "identities_rekeyed")
        what = f"declared {listed(entry.keys)} to be one" if declared else f"{entry.what}: {listed(entry.keys)}"
    return f"{who} {what}{why}."


def _done(entry: HistoryEntry) -> str:
    keys = listed(entry.keys)
    kind, _, namespace = (entry.because or "").partition(":")
    if entry.what == "created":
        if len(entry.keys) == 1:
            return f"{keys} was seen for the first time"
        return f"{keys} were seen for the first time, together"
    if entry.what == "joined":
        return f"{keys} became one person"
    if entry.what == "returned":
        return f"the lost link between {keys} was seen again and is in force"
    if entry.what == "shared":
        return f"{keys} was found to be shared by people with different {namespace} and belongs to nobody"
    if entry.what == "evicted":
        return f"{keys} was left out: the person had more identities than the rules allow"
    why = {
        "unique": f": one person would have had too many values of {namespace}",
        "shared": f": something shared by people with different {namespace} belongs to nobody",
        "hub": ": one of the two is linked to so many that it says nothing about who is who",
    }.get(kind, "")
    if entry.what == "suppressed":
        return f"the link between {keys} was suppressed{why}"
    return f"{keys} parted{why}"


def event_words(event: Evidence) -> str:
    """Name an event: its type, id, source and time."""
    by = f" from {event.source}" if event.source else ""
    return f"the {event.type} {event.id}{by} at {event.ts:%Y-%m-%d %H:%M:%S} UTC"


def listed(names: Iterable[str]) -> str:
    """Return names as a list in a sentence."""
    parts = list(names)
    if not parts:
        return ""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def allowed(most: int, namespace: str) -> str:
    """Say how many values of a namespace a person may have."""
    if most == 1:
        return f"a person may have one {namespace}"
    return f"a person may have {_WORDS[most] if most < len(_WORDS) else most} values of {namespace}"


def _counted(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _sightings(link: LinkStep | ApartStep) -> str:
    if link.state == "pinned":
        word = link.decision
        if word is None:
            return "were joined by a person's decision."
        who = f" ({word.who})" if word.who else ""
        why = f", because: {word.reason.rstrip('.')}" if word.reason else ""
        return f"were joined by a person's decision{who} at {word.at:%Y-%m-%d %H:%M:%S} UTC{why}."
    times = "once" if link.seen == 1 else f"{link.seen:,} times"
    shown = [event for event in (link.first_event, link.last_event) if event is not None]
    if not shown:
        return f"were seen together {times}."
    first = event_words(shown[0])
    if link.seen == 1 or shown[0].id == shown[-1].id:
        return f"were seen together {times}: by {first}."
    return f"were seen together {times}: first by {first}, last by {event_words(shown[-1])}."


def _loss(step: ApartStep) -> str:
    """Tell of one lost link: how often it was seen, why it is lost, what stands against it."""
    pair = f"{step.left_key} and {step.right_key}"
    if step.state == "cut":
        return f"{pair} {_sightings(step)} {_cut(step)}"
    told = [f"{pair} {_sightings(step)}"]
    by = f"by {event_words(step.by_event)}" if step.by_event else ""
    kind, _, namespace = (step.because or "").partition(":")
    if kind == "unique":
        told.append(f"That link was suppressed {by}".rstrip() + f": {_limit(step, namespace)}.")
        told += _winners(step, namespace)
    elif kind == "shared":
        users = listed(dict.fromkeys(one.value_key for one in step.against)) if step.against else "different people"
        things = listed(dict.fromkeys(one.end_key for one in step.against)) or step.right_key
        told.append(
            f"That link was suppressed {by}".rstrip() + f": {things} is shared by {users}, "
            f"{allowed(step.most or 1, namespace)}, and by these rules something shared belongs to nobody."
        )
    elif kind == "cap":
        told.append(
            f"That link was retired {by}".rstrip()
            + f": a person may have {step.most} identities, and one of the two had not been seen for the longest time."
        )
    elif kind == "hub":
        told.append(
            f"That link is suppressed because one of the two was linked to more than {step.most} other identities; "
            "such a hub says nothing about who is who. A person can release it."
        )
    elif kind == "unknown":
        told.append(
            f"That link is {step.state}: the identity rules in force do not count one of the two ({namespace})."
        )
    else:
        told.append(f"That link is {step.state}.")
    return " ".join(told)


def _cut(step: ApartStep) -> str:
    word = step.decision
    if word is None:
        return "A person cut that link."
    who = f" ({word.who})" if word.who else ""
    why = f", because: {word.reason.rstrip('.')}" if word.reason else ""
    return f"A person{who} cut that link at {word.at:%Y-%m-%d %H:%M:%S} UTC{why}."


def _limit(step: ApartStep, namespace: str) -> str:
    rule = allowed(step.most or 1, namespace)
    if step.stands:
        return f"{rule}, and these two together would have {listed(step.would_hold)}"
    return f"{rule}, and with that link there would have been more"


def _winners(step: ApartStep, namespace: str) -> list[str]:
    """Tell of the links in force that stand against a lost one."""
    if not step.stands:
        return [
            f"Today they would not have too many values of {namespace}; but a lost link comes back only when it is "
            "seen again."
        ]
    return [told for one in step.against if (told := _winner(one)) is not None]


def _winner(one: Opposition) -> str | None:
    if not one.steps:
        return None
    if len(one.steps) == 1:
        [held] = one.steps
        if held.state == "pinned":
            return f"{one.end_key} stays with {one.value_key} by a person's decision."
        last = f", last at {held.last_seen:%Y-%m-%d %H:%M:%S} UTC" if held.last_seen else ""
        times = "once" if held.seen == 1 else f"{held.seen:,} times"
        return f"{one.end_key} stays with {one.value_key}, with which it was seen {times}{last}."
    over = listed(step.right_key for step in one.steps[:-1])
    return f"{one.end_key} stays with {one.value_key}, over {over}."
