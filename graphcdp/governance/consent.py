"""What a person agreed to and refused; where two people became one the stricter word holds. Pure.

A word is an attribute of a record: `consent_NAME` (true, false), where NAME is a purpose, a channel, or both as
`purpose__channel`; `NAME_opt_in` is the same; `until_consent_NAME` says when it expires, `by_consent_NAME` who wrote it
down. So words come in as all else does, are seen in segments, exported and erased.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

import orjson

Answer = Literal["granted", "denied", "expired"]
_WORD = re.compile(r"consent_([a-z0-9][a-z0-9_]*)|([a-z0-9][a-z0-9_]*)_opt_in")
UNTIL, BY = "until_consent_", "by_consent_"
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
DENIED = datetime(1, 1, 1, tzinfo=UTC)
"""Stands for a refusal where until when somebody agrees is asked."""
_YES, _NO = ("true", "yes", "1", "granted", "y"), ("false", "no", "0", "denied", "n")


class Word(NamedTuple):
    """Something said about consent.

    Attributes:
        name: purpose, channel, or `purpose__channel`.
        granted: yes or no.
        ts: when it was said; record_id: by which record.
        keys: of the identities that said it.
        until: when it expires; None: never.
        source, dataset: who told of it.
        by: who wrote it down, such as an agent or an API key; None: the source does not say.
    """

    name: str
    granted: bool
    ts: datetime
    record_id: str
    keys: tuple[str, ...]
    until: datetime | None
    source: str | None
    dataset: str | None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """What holds for one name.

    Attributes:
        name: purpose, channel, or `purpose__channel`.
        answer: `granted`, `denied`, or `expired` (granted once, for a time that is over).
        word: the one that decides.
        others: words of the same person's other identities that say something else, and lost to it.
    """

    name: str
    answer: Answer
    word: Word
    others: tuple[Word, ...] = ()

    @property
    def purpose(self) -> str:
        """The purpose, or the channel where only that was named."""
        return self.name.partition("__")[0]

    @property
    def channel(self) -> str | None:
        """The channel of a purpose; None: every one."""
        return self.name.partition("__")[2] or None


def name_of(purpose: str, channel: str | None) -> str:
    """Return the name of a consent."""
    return f"{purpose}__{channel}" if channel else purpose


def is_word(attribute: str) -> bool:
    """Say whether an attribute is about consent."""
    return _WORD.fullmatch(attribute) is not None or attribute.startswith((UNTIL, BY))


def names_of(name: str) -> tuple[str, ...]:
    """Return the names of which a word counts where a name is asked for: of `a__b` also `a` and `b`."""
    purpose, both, channel = name.partition("__")
    return (purpose, channel, name) if both else (name,)


def words(rows: Iterable[Sequence[Any]]) -> list[Word]:
    """Read records (time, id, identities, attributes as JSON, source, dataset); only yes and no are words."""
    found: list[Word] = []
    for ts, record_id, keys, text, source, dataset in rows:
        attributes: Mapping[str, Any] = orjson.loads(text or "{}")
        for name, value in attributes.items():
            match = _WORD.fullmatch(name)
            granted = None if match is None else _yes_or_no(value)
            if match is None or granted is None:
                continue
            about = match[1] or match[2]
            until = _instant(attributes.get(UNTIL + about))
            by = attributes.get(BY + about)
            by = None if by is None else str(by)
            found.append(Word(about, granted, ts, record_id, tuple(keys), until, source, dataset, by))
    return found


def standing(
    said: Iterable[Word], identities: Sequence[str], links: Sequence[tuple[str, str, datetime]], now: datetime
) -> dict[str, Consent]:
    """Return what holds, by name.

    A word counts for every identity that was known to be the same person's when it was said. For each identity the
    newest word counts; where identities differ, as when two people turned out to be one, the stricter word holds, until
    a newer one is said about both. So the order in which facts arrive does not matter.

    Args:
        said: words, in any order.
        identities: keys of the person's.
        links: in force between them: two keys, since when.
        now: what has expired by then no longer grants anything.
    """
    found: dict[str, Consent] = {}
    for name, held in _held(said, identities, links).items():
        answers = [(_answer(one, now), one) for one in held]
        strictest = min(answers, key=lambda each: _STRICT[each[0]])
        others = tuple(one for answer, one in answers if answer != strictest[0])
        found[name] = Consent(name, strictest[0], strictest[1], others)
    return found


def agreed(
    said: Iterable[Word], identities: Sequence[str], links: Sequence[tuple[str, str, datetime]]
) -> dict[str, datetime]:
    """Return until when a person agrees, by name, with `DENIED` for a refusal: `standing` for every instant at once.

    Args:
        said, identities, links: as of `standing`.
    """
    return {
        name: min((one.until or FOREVER) if one.granted else DENIED for one in held)
        for name, held in _held(said, identities, links).items()
    }


def agrees(held: Mapping[str, datetime], name: str, now: datetime) -> tuple[bool, datetime | None]:
    """Say whether a person agrees to a purpose, a channel, or both (`a__b`), and until when (None: nothing ends it).

    The answer is that of `allows` where somebody must have agreed.

    Args:
        held: of `agreed`.
        name: what is asked for.
        now: the instant.
    """
    said = [held[one] for one in names_of(name) if one in held]
    last = DENIED if DENIED in said else max(said, default=DENIED)
    return last > now, last if now < last < FOREVER else None


def allows(held: Mapping[str, Consent], purpose: str, channel: str | None, *, required: bool) -> Consent | bool:
    """Say whether something may be done: True, False (nobody agreed), or the consent that forbids it.

    A word about the purpose, about the channel, or about both counts; a refusal of any of them is enough.

    Args:
        held: of the person, by name.
        purpose, channel: what is to be done, and on what.
        required: whether somebody must have agreed.
    """
    there = [held[name] for name in names_of(name_of(purpose, channel)) if name in held]
    denied = next((one for one in there if one.answer == "denied"), None)
    if denied is not None:
        return denied
    if any(one.answer == "granted" for one in there):
        return True
    expired = next((one for one in there if one.answer == "expired"), None)
    return expired if expired is not None else not required


def _held(
    said: Iterable[Word], identities: Sequence[str], links: Sequence[tuple[str, str, datetime]]
) -> dict[str, list[Word]]:
    """Return by name the newest word of each identity, each once, the newest first."""
    ordered = sorted(links, key=lambda one: one[2])
    newest: dict[str, dict[str, Word]] = {}
    for word in sorted(said, key=lambda one: (one.ts, one.record_id)):
        for key in _together(word.keys, identities, ordered, word.ts):
            newest.setdefault(word.name, {})[key] = word
    return {
        name: sorted(set(by_key.values()), key=lambda one: (one.ts, one.record_id), reverse=True)
        for name, by_key in sorted(newest.items())
    }


_STRICT: Mapping[Answer, int] = {"denied": 0, "expired": 1, "granted": 2}


def _answer(word: Word, now: datetime) -> Answer:
    if not word.granted:
        return "denied"
    return "expired" if word.until is not None and word.until <= now else "granted"


def _together(
    keys: Iterable[str], identities: Sequence[str], links: Sequence[tuple[str, str, datetime]], ts: datetime
) -> set[str]:
    """Return the identities that were known to be one person's with some at an instant."""
    known = set(identities)
    found = {key for key in keys if key in known}
    while True:
        size = len(found)
        for one, other, since in links:
            if since > ts:
                break
            if one in found or other in found:
                found.update((one, other))
        if len(found) == size:
            return found


def _yes_or_no(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    return True if text in _YES else False if text in _NO else None


def _instant(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else found.replace(tzinfo=UTC)
