"""What is a person's alone and what others share: looked at before anything is erased or shown."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

RETIRED = "retired"


class Read(Protocol):
    """Runs a statement that reads; its rows as lists."""

    def __call__(self, name: str, /, **params: Any) -> Awaitable[list[list[Any]]]:
        """Run it."""
        ...


class Login(NamedTuple):
    """Somebody was seen with a thing: when, by which fact, and all identities on it."""

    ts: datetime
    fact_id: str
    keys: Sequence[str]


@dataclass(frozen=True, slots=True)
class Holdings:
    """The identities around a profile.

    Attributes:
        own: the person's alone: they go.
        shared: browsers and devices that others used too: they stay.
        evicted: browsers and devices that the cap took from the person and that nobody else used: they go.
    """

    own: tuple[str, ...]
    shared: tuple[str, ...]
    evicted: tuple[str, ...]


def holdings(rows: Iterable[Mapping[str, Any]], kinds: Mapping[str, str]) -> Holdings:
    """Tell a person's own identities from things that others used.

    A person's identifier is always the person's own. A thing is shared where it was ever linked, in force or not, to an
    identity of somebody else; but not by what the cap evicted from this very person.

    Args:
        rows: of `governance.erase_holdings`.
        kinds: of namespaces, by name.
    """
    own: list[str] = []
    shared: list[str] = []
    evicted: dict[str, None] = {}
    for row in rows:
        others = row["others"]
        lost = {
            key
            for key, namespace, state, elsewhere in others
            if state == RETIRED and not elsewhere and kinds.get(namespace) != "person"
        }
        evicted.update(dict.fromkeys(sorted(lost)))
        strangers = [key for key, *_ in others if key not in lost]
        if kinds.get(row["namespace"]) == "person" or not strangers:
            own.append(row["key"])
        else:
            shared.append(row["key"])
    return Holdings(tuple(own), tuple(shared), tuple(evicted))


def is_theirs(ts: datetime, fact_id: str, logins: Sequence[Login], own: Collection[str]) -> bool:
    """Say whether what was done anonymously on a shared thing was done by a person.

    It was by whoever was last seen with the thing before, or where nobody was, by whoever was first.

    Args:
        ts: when it was done; fact_id: by which fact.
        logins: all of the thing, in order of time and id.
        own: the person's own identities.
    """
    if not logins:
        return True
    at = bisect_right(logins, (ts, fact_id), key=lambda one: (one.ts, one.fact_id))
    login = logins[max(at - 1, 0)]
    return any(key in own for key in login.keys)


class Fact(NamedTuple):
    """Something that hangs on a shared thing: its id, whether it is an event, the device, and whose it is."""

    id: str
    is_event: bool
    device: str | None
    theirs: bool


async def on_shared(read: Read, held: Holdings, kinds: Mapping[str, str]) -> list[Fact]:
    """Say of all that hangs on things that others used too whether the person did it.

    Args:
        read: runs a statement of the catalogue, in a transaction or without.
        held: the person's.
        kinds: of namespaces, by name.
    """
    if not held.shared:
        return []
    own, shared = {*held.own, *held.evicted}, list(held.shared)
    logins: dict[str, list[Login]] = {}
    for key, ts, id, named in await read("governance.erase_logins", keys=shared):
        if any(kinds.get(each.split("|", 1)[0]) == "person" for each in named):
            logins.setdefault(key, []).append(Login(ts, id, named))
    return [
        Fact(id, is_event, device, is_theirs(ts, id, logins.get(key, ()), own))
        for key, id, ts, is_event, _, device in await read("governance.erase_facts", keys=shared)
    ]
