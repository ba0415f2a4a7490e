"""On which identity each fact hangs: section 3 of the rules. Things are lent to whoever used them."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.oracle.policies import Shared
from tests.oracle.rules import Rules, key_order


@dataclass(frozen=True, slots=True)
class Taken:
    """A fact in its place: the keys that count, strongest first."""

    id: str
    ts: datetime
    keys: tuple[str, ...]

    @property
    def place(self) -> tuple[datetime, bytes]:
        """Return what facts are ordered by."""
        return self.ts, key_order(self.id)


def bearers(
    rules: Rules, facts: Sequence[Taken], shared: Mapping[str, Shared], hubs: Container[str] = ()
) -> dict[str, str]:
    """Return of each fact the key it hangs on; a fact of which no key counts hangs on none.

    Args:
        rules: whose policy says to whom anonymous facts belong.
        facts: all of them, in order.
        shared: things that the replay of these facts found to be nobody's.
        hubs: things that are quarantined and lend nothing.
    """
    found: dict[str, str] = {}
    for fact in facts:
        if not fact.keys:
            continue
        found[fact.id] = fact.keys[0]
        if not any(map(rules.is_person, fact.keys)) and fact.keys[0] not in hubs:
            if rules.policy == "session":
                found[fact.id] = _of_session(rules, facts, fact)
            elif rules.policy == "nobody":
                found[fact.id] = _of_nobody(rules, facts, fact, shared)
    return found


def visits(rules: Rules, facts: Sequence[Taken], thing: str) -> list[list[Taken]]:
    """Return the facts that carry a thing, in order, cut where it rested."""
    found: list[list[Taken]] = []
    for fact in facts:
        if thing not in fact.keys:
            continue
        if found and fact.ts - found[-1][-1].ts <= timedelta(minutes=rules.visit_minutes):
            found[-1].append(fact)
        else:
            found.append([fact])
    return found


def _of_session(rules: Rules, facts: Sequence[Taken], fact: Taken) -> str:
    """Who logged in last on the thing, in the same visit if anybody did, else who came next."""
    thing = fact.keys[0]
    visit = next(visit for visit in visits(rules, facts, thing) if fact in visit)
    everywhere = _logins(rules, facts, thing)
    here = [login for login in everywhere if login in visit]
    for logins in (here, everywhere):
        before = [login for login in logins if login.place < fact.place]
        after = [login for login in logins if login.place > fact.place]
        if before or after:
            return _person(rules, before[-1] if before else after[0])
    return thing


def _of_nobody(rules: Rules, facts: Sequence[Taken], fact: Taken, shared: Mapping[str, Shared]) -> str:
    """Before the visit in which a thing turned out to be shared, its last user; from then on nobody."""
    thing = fact.keys[0]
    if thing not in shared:
        return thing
    cause = next(one for one in facts if one.id == shared[thing].fact_id)
    own_visit = next(visit for visit in visits(rules, facts, thing) if fact in visit)
    for visit in visits(rules, facts, thing):
        if cause in visit or (thing not in cause.keys and visit[-1].ts >= cause.ts):
            if own_visit[0].place >= visit[0].place:
                return thing
            break
    before = [login for login in _logins(rules, facts, thing) if login.place < cause.place]
    return _person(rules, before[-1]) if before else thing


def _logins(rules: Rules, facts: Sequence[Taken], thing: str) -> list[Taken]:
    return [fact for fact in facts if thing in fact.keys and any(map(rules.is_person, fact.keys))]


def _person(rules: Rules, login: Taken) -> str:
    """Return the strongest person key of a login."""
    return next(key for key in login.keys if rules.is_person(key))
