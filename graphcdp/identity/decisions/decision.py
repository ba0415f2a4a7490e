"""A person's word about who is who, as values: what is decided, its inverse, and what it did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Self

import orjson

from graphcdp.base import InvalidInputError
from graphcdp.identity.questions.chain import ProfileNotFoundError
from graphcdp.model import IdentityKey

LONGEST_REASON = 1_000


class Action(StrEnum):
    """What a person can decide."""

    CUT = "link_cut"
    PIN = "link_pinned"
    RESTORE = "link_restored"
    MERGE = "profiles_merged"
    SPLIT = "profile_split"
    REKEY = "identity_rekeyed"
    RELEASE = "hub_released"
    UNDO = "decision_undone"


class Author(NamedTuple):
    """Who decides, and why.

    Attributes:
        name: of an API key (`key:1a2b3c4d`) or of a user of the command line (`cli:ana`).
        reason: in the person's own words.
    """

    name: str
    reason: str | None = None

    def checked(self) -> Author:
        """Return it with the reason trimmed.

        Raises:
            InvalidInputError: the reason is too long or no text.
        """
        if self.reason is None:
            return self
        reason = self.reason.strip()
        if len(reason) > LONGEST_REASON or "\x00" in reason:
            raise InvalidInputError(
                f"The reason must be text of at most {LONGEST_REASON:,} characters without null bytes.", field="reason"
            )
        return Author(self.name, reason or None)


class LinkWord(NamedTuple):
    """What becomes of one link: `cut`, `pinned`, or None where the replay decides."""

    left_key: str
    right_key: str
    before: str | None
    after: str | None


class IdentityWord(NamedTuple):
    """What becomes of one identity: what it `counts_as`, or whether it is a `hub`; None is as the rules say."""

    key: str
    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person decided, as data that can be carried out.

    Attributes:
        links: in order.
        identities: in order.
    """

    links: tuple[LinkWord, ...] = ()
    identities: tuple[IdentityWord, ...] = ()

    @property
    def keys(self) -> list[str]:
        """The identities it is about, each once, in order."""
        keys = [key for word in self.links for key in (word.left_key, word.right_key)]
        return list(dict.fromkeys([*keys, *(word.key for word in self.identities)]))

    def inverse(self) -> Wish:
        """Return what takes it back."""
        return Wish(
            tuple(LinkWord(one.left_key, one.right_key, one.after, one.before) for one in self.links),
            tuple(IdentityWord(one.key, one.name, one.after, one.before) for one in self.identities),
        )

    def text(self) -> str:
        """Return it as JSON."""
        return orjson.dumps(
            {"links": [list(one) for one in self.links], "identities": [list(one) for one in self.identities]}
        ).decode()

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what `text` gave."""
        said = orjson.loads(text)
        return cls(
            tuple(LinkWord(*one) for one in said["links"]), tuple(IdentityWord(*one) for one in said["identities"])
        )


class Person(NamedTuple):
    """A profile as it stood at one moment; the identities by key."""

    profile_id: str
    founder: str
    identities: tuple[str, ...]


class Move(NamedTuple):
    """An identity that went from one profile to another."""

    key: str
    from_profile: str
    to_profile: str


class Reached(NamedTuple):
    """A segment that a profile entered or left, or a delivery that began or ceased to wait, with a decision."""

    profile_id: str
    id: str
    entered: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person's word did.

    Attributes:
        action: what was decided.
        changed: False: it stood so already, and nothing was written.
        preview: it was rolled back.
        sentence: the outcome in plain English.
        change_id: of the audited change, to take it back; None where there is none (nothing changed, or a preview).
        wish: what was decided, link by link; empty where nothing changed.
        before, after: the profiles concerned, by id.
        moved: the identities that changed hands, by key.
        memberships: segments entered and left, as the graph says.
        deliveries: that wait to be sent since, or waited before and do so no more.
    """

    action: Action
    changed: bool
    preview: bool
    sentence: str
    change_id: str | None = None
    wish: Wish = Wish()
    before: tuple[Person, ...] = ()
    after: tuple[Person, ...] = ()
    moved: tuple[Move, ...] = ()
    memberships: tuple[Reached, ...] = ()
    deliveries: tuple[Reached, ...] = ()


PersonRef = str | IdentityKey
"""A profile's id, present or past, or any identity of the person."""


def change_id(writer: str, seq: int) -> str:
    """Name a change."""
    return f"{writer}/{seq}"


def read_change_id(text: str) -> tuple[str, int]:
    """Read what `change_id` gave.

    Raises:
        InvalidInputError: it is no name of a change.
    """
    writer, _, number = text.strip().rpartition("/")
    if not writer or not number.isascii() or not number.isdigit() or len(number) > 18:
        raise InvalidInputError(
            "The id of a change reads `writer/number`. Take it from the answer to a decision, or from the list of "
            "changes.",
            field="change",
        )
    return writer, int(number)


def require_profile(rows: Sequence[Mapping[str, Any]], profile_id: str) -> Mapping[str, Any]:
    """Return the one row about a profile.

    Raises:
        ProfileNotFoundError: there is none.
    """
    if not rows:
        raise ProfileNotFoundError(f"There is no profile {profile_id}, and never was. Check the id.", id=profile_id)
    return rows[0]


def listed(names: Iterable[str]) -> str:
    """Return names as a list in a sentence."""
    parts = list(names)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
