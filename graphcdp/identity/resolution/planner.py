"""What a batch of evidence does to profiles where nothing is in dispute; what is, is left to `identity.resolve`.

Where everything that was ever linked together breaks no limit, the order of events cannot matter and a union is enough;
so is it for newer evidence that brings no two values of a unique namespace together. Everything else is handed on:
as a *step* where the evidence is newer than all of its region's, else as a *replay* of the region. So is what other
rules decided, and, where a region's things are lent, whatever changes to whom.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import combinations
from typing import Any

from graphcdp.identity.replay.evidence import key_order
from graphcdp.identity.resolution.plan import Dispute, Founder, Known, Part, Plan, Sighting, Span
from graphcdp.identity.rules.files import RuleSet


class Planner:
    """Plans batches under one rule set."""

    def __init__(self, rules: RuleSet, name_profile: Callable[[str], str], *, unions: bool = True) -> None:
        """Take the rules and how a founder's key names a profile.

        Args:
            rules: in force.
            name_profile: founder's key to profile id.
            unions: False hands all evidence to `identity.resolve` (to hold the two equal in tests).
        """
        self._rules = rules
        self._name = name_profile
        self._unions = unions
        self._lends = rules.policy in ("session", "nobody")
        self._follows = rules.policy == "session"
        self._things = {n.name for n in rules.namespaces.values() if n.kind != "person"}
        self._priority = {n.name: n.priority for n in rules.namespaces.values()}
        self._limits = {n.name: n.max_values for n in rules.namespaces.values() if n.max_values is not None}

    def new_identities(self, spans: Mapping[str, Span], known: Mapping[str, Known]) -> list[list[Any]]:
        """Return the rows of `identity.identity_create`: they can be written before the plan is made."""
        rows: list[list[Any]] = []
        for key, (first, last, _) in spans.items():
            if key not in known:
                namespace, value = key.split("|", 1)
                rows.append([key, namespace, value, first, last, self._name(key)])
        return rows

    def plan(
        self,
        sightings: Sequence[Sighting],
        spans: Mapping[str, Span],
        known: Mapping[str, Known],
        hubs: Collection[str] = (),
    ) -> Plan:
        """Say what a batch does.

        Args:
            sightings: of facts not seen before, in any order.
            spans: `spans_of` them.
            known: what stands about every key in them that was seen before.
            hubs: keys that are found to be hubs now, besides those known as such.
        """
        parts, part_of = self._parts(spans, known)
        evidence = sorted((one for one in sightings if len(one.keys) > 1), key=_order)
        apart = {key for key, one in known.items() if one.hub == "quarantined"}.union(hubs)
        plan = Plan()
        joining = _without(evidence, apart, part_of) if apart else evidence
        suspects = {key for one in evidence for key in one.keys if not apart.isdisjoint(one.keys)} if apart else set()
        most = self._rules.max_links - self._rules.max_identities  # so many links beside those within a profile
        suspects.update(key for key, one in known.items() if one.links > most)
        asking = self._asking(sightings, part_of, apart) if apart or self._wary(parts) else ()
        disputed = self._join(joining, asking, parts, part_of, suspects=suspects, plan=plan)
        if suspects:
            self._find_crowded(evidence, suspects, known, apart, plan)
        self._write_identities(spans, known, part_of, disputed, plan)
        self._write_links(evidence, known, disputed, apart, plan)
        done: set[int] = set()
        for key in spans:
            part = part_of[key]
            if id(part) not in done and id(part) not in disputed:
                done.add(id(part))
                self._write_part(part, plan)
        return plan

    def _parts(self, seen: Mapping[str, Span], known: Mapping[str, Known]) -> tuple[list[Part], dict[str, Part]]:
        """Begin with one part a profile, and one a new identity."""
        of_profile: dict[str, Part] = {}
        part_of: dict[str, Part] = {}
        parts: list[Part] = []
        for key, (first, last, _) in seen.items():
            namespace = key.split("|", 1)[0]
            before = known.get(key)
            if before is None:
                claim = Founder.of(self._priority[namespace], first, key)
                limited = {key} if namespace in self._limits else set()
                part = Part([], [key], [key], 1, limited, claim, None, first, last, {})
                parts.append(part)
            else:
                held = before.profile
                claim = Founder.of(self._priority[namespace], min(first, before.first_seen), key)
                found = of_profile.get(held.id)
                if found is None:
                    regions = {held.region_id: held.region_latest} if held.region_id else {}
                    founder = claim if held.founder.key == key else min(held.founder, claim)
                    part = of_profile[held.id] = Part(
                        [held], [key], [], held.identity_count, set(held.limited), founder, held.latest_evidence,
                        min(first, held.first_seen or first), max(last, held.last_seen or last), regions,
                        held.region_decided, held.decided_by not in (None, self._rules.version),
                    )  # fmt: skip
                    parts.append(part)
                else:
                    part = found
                    part.keys.append(key)
                    part.founder = min(part.founder, claim)
                    part.first_seen = min(part.first_seen, first)
                    part.last_seen = max(part.last_seen, last)
            part_of[key] = part
        return parts, part_of

    def _wary(self, parts: Sequence[Part]) -> bool:
        return any(part.stale or (self._lends and part.regions) for part in parts)

    def _asking(
        self, sightings: Sequence[Sighting], part_of: Mapping[str, Part], apart: Collection[str]
    ) -> list[Sighting]:
        """Return facts that join nothing and yet need a replay: other rules decided, or things are lent there.

        What follows its logins follows a hub's, too.
        """
        found: list[Sighting] = []
        for one in sightings:
            keys = tuple(key for key in one.keys if key not in apart) if apart else one.keys
            if len(keys) == 1:
                part = part_of[keys[0]]
                lent = part.regions or (self._follows and self._person_in(one.keys))
                if part.stale or (self._lends and lent and keys[0].split("|", 1)[0] in self._things):
                    found.append(one._replace(keys=keys))
        return found

    def _person_in(self, keys: Sequence[str]) -> bool:
        return any(key.split("|", 1)[0] not in self._things for key in keys)

    def _find_crowded(
        self,
        evidence: Sequence[Sighting],
        suspects: Collection[str],
        known: Mapping[str, Known],
        apart: Collection[str],
        plan: Plan,
    ) -> None:
        """Note identities that this batch may link to more others than is plausible of one person's."""
        others: dict[str, set[str]] = {}
        for one in evidence:
            for key in one.keys:
                if key in suspects and key not in apart:
                    others.setdefault(key, set()).update(one.keys)
        for key, seen in others.items():
            seen.discard(key)
            before = known.get(key)
            links = before.links if before is not None else 0
            released = before is not None and before.hub == "released"
            if not released and links + len(seen) > self._rules.max_links:
                plan.crowded[key] = sorted(seen)

    def _join(
        self,
        evidence: Sequence[Sighting],
        asking: Sequence[Sighting],
        parts: Sequence[Part],
        part_of: dict[str, Part],
        *,
        suspects: set[str],
        plan: Plan,
    ) -> set[int]:
        """Unite the parts that evidence shows to be one person; return the (ids of) parts left to `resolve`.

        Args:
            evidence: in order.
            asking: facts with one identity that ask for a replay around it.
            parts, part_of: as before the evidence.
            suspects: takes identities that may have very many links.
            plan: takes the disputes.
        """
        groups = _Groups(parts)
        for one in evidence:
            first = part_of[one.keys[0]]
            for key in one.keys[1:]:
                groups.unite(first, part_of[key])
        by_region: dict[str, Part] = {}
        for part in parts:
            for region in part.regions:
                groups.unite(by_region.setdefault(region, part), part)
        of_group: dict[int, list[Sighting]] = {}
        for one in evidence:
            of_group.setdefault(groups.root(part_of[one.keys[0]]), []).append(one)
        asked: set[int] = set()
        for one in asking:
            root = groups.root(part_of[one.keys[0]])
            asked.add(root)
            of_group.setdefault(root, []).append(one)
        members: dict[int, list[Part]] = {}
        for part in parts:
            root = groups.root(part)
            if root in of_group:
                members.setdefault(root, []).append(part)
        disputed: set[int] = set()
        for root, sightings in of_group.items():
            group = members[root]
            stale = any(part.stale for part in group)
            peaceful = not stale and root not in asked and self._peaceful(group)
            if not peaceful or self._rules.max_links < self._rules.max_identities:
                suspects.update(key for one in sightings for key in one.keys)
            if peaceful and self._unions:
                self._unite_all(sightings, part_of)
                continue
            latest = max((when for when in map(_latest, group) if when is not None), default=None)
            step = not (stale or self._lends) and (latest is None or sightings[0].ts > latest)
            decided = any(part.decided for part in group)
            if self._unions and step and not decided and self._in_turn(sightings, part_of):
                continue
            keys = list(dict.fromkeys(key for one in sightings for key in one.keys))
            disputed.update(id(part_of[key]) for key in keys)
            plan.disputes.append(Dispute(keys, [one.fact_id for one in sightings] if step else None))
        return disputed

    def _peaceful(self, group: Sequence[Part]) -> bool:
        """Say whether all of a group together break no limit, so that order cannot matter."""
        if any(part.regions for part in group):
            return False
        if sum(part.size for part in group) > self._rules.max_identities:
            return False
        return not self._broken(set().union(*(part.limited for part in group)))

    def _broken(self, limited: Iterable[str]) -> bool:
        held: dict[str, int] = {}
        for key in limited:
            namespace = key.split("|", 1)[0]
            count = held[namespace] = held.get(namespace, 0) + 1
            if count > self._limits.get(namespace, count):
                return True
        return False

    def _unite_all(self, sightings: Sequence[Sighting], part_of: dict[str, Part]) -> None:
        for one in sightings:
            target = part_of[one.keys[0]]
            for key in one.keys[1:]:
                other = part_of[key]
                if other is not target:
                    target = _absorb(target, other, one, part_of)
            if target.latest is None or one.ts > target.latest:
                target.latest = one.ts

    def _in_turn(self, sightings: Sequence[Sighting], part_of: dict[str, Part]) -> bool:
        """Unite one newer sighting after the other; False, and nothing done, if one of them may not be."""
        trial: dict[int, set[int]] = {}
        size: dict[int, int] = {}
        limited: dict[int, set[str]] = {}
        regions: dict[int, set[str]] = {}
        root_of: dict[int, int] = {}
        for one in sightings:
            roots: list[int] = []
            for key in one.keys:
                part = part_of[key]
                root = root_of.setdefault(id(part), id(part))
                if root not in trial:
                    trial[root], size[root] = {id(part)}, part.size
                    limited[root], regions[root] = set(part.limited), set(part.regions)
                if root not in roots:
                    roots.append(root)
            if len(roots) == 1:
                continue
            first, *others = roots
            together = set().union(*(limited[root] for root in roots))
            where = set().union(*(regions[root] for root in roots))
            count = sum(size[root] for root in roots)
            if self._broken(together) or len(where) > 1 or count > self._rules.max_identities:
                return False
            for root in others:
                trial[first] |= trial.pop(root)
            for member in trial[first]:
                root_of[member] = first
            size[first], limited[first], regions[first] = count, together, where
        self._unite_all(sightings, part_of)
        return True

    def _write_identities(
        self,
        seen: Mapping[str, Span],
        known: Mapping[str, Known],
        part_of: Mapping[str, Part],
        disputed: set[int],
        plan: Plan,
    ) -> None:
        for key, (first, last, fact_id) in seen.items():
            before = known.get(key)
            if before is None:
                part = part_of[key]
                if id(part) not in disputed:  # else `identity.resolve` says whose it is
                    plan.identity_hold.append([self._name(part.founder.key), key, first, fact_id])
            elif first < before.first_seen or last > before.last_seen:
                plan.identity_touch.append([key, min(first, before.first_seen), max(last, before.last_seen)])

    def _write_links(
        self,
        evidence: Sequence[Sighting],
        known: Mapping[str, Known],
        disputed: set[int],
        apart: Collection[str],
        plan: Plan,
    ) -> None:
        noted = {key for dispute in plan.disputes for key in dispute.keys} if disputed else set()
        pairs: dict[tuple[str, str], list[Any]] = {}
        for one in evidence:
            for left, right in combinations(one.keys, 2):
                pair = (left, right) if _in_order(left, right) else (right, left)
                row = pairs.get(pair)
                if row is None:
                    pairs[pair] = [pair[0], pair[1], one.ts, one.ts, 1, [one.source]]
                else:
                    row[3] = one.ts
                    row[4] += 1
                    if one.source not in row[5]:
                        row[5].append(one.source)
        for (low, high), row in pairs.items():
            if apart and (low in apart or high in apart):
                plan.link_hub.append(row)
            elif low in noted:
                plan.link_note.append(row)
            elif low in known and high in known:
                plan.link_seen.append(row)
            else:
                plan.link_create.append(row)

    def _write_part(self, part: Part, plan: Plan) -> None:
        founder = part.founder
        profile_id = self._name(founder.key)
        row = [
            profile_id, founder.key, founder.first_seen, part.size, sorted(part.limited), part.latest, part.first_seen,
            part.last_seen,
        ]  # fmt: skip
        for key in part.keys:
            plan.profile_of[key] = profile_id
        if part.fresh:
            plan.fresh[profile_id] = part.fresh
        if not part.profiles:
            plan.profile_create.append(row)
            return
        if any(held.id == profile_id for held in part.profiles):
            plan.profile_touch.append(row)
        else:
            plan.profile_revive.append(row)
        others = [held.id for held in part.profiles if held.id != profile_id]
        trigger = part.trigger
        for other in others:
            why = "merged" if len(part.profiles) > 1 else "renamed"
            when, by_event = (trigger.ts, trigger.fact_id) if trigger else (part.first_seen, None)
            plan.profile_move.append([other, profile_id, when, by_event, why])
        if others:
            plan.joined[profile_id] = [held.id for held in part.profiles]
        for region in part.regions:
            plan.region_grow.append([region, profile_id, part.latest])


class _Groups:
    """Union-find over parts."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parent = {id(part): id(part) for part in parts}

    def root(self, part: Part) -> int:
        parent, at = self._parent, id(part)
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    def unite(self, left: Part, right: Part) -> None:
        self._parent[self.root(right)] = self.root(left)


def _without(evidence: Sequence[Sighting], apart: Collection[str], part_of: Mapping[str, Part]) -> list[Sighting]:
    """Return the evidence without hubs; what shows one identity beside a hub is only noted as its newest."""
    found: list[Sighting] = []
    for one in evidence:
        keys = tuple(key for key in one.keys if key not in apart)
        if len(keys) > 1:
            found.append(one._replace(keys=keys))
        for key in keys if len(keys) == 1 else ():
            part = part_of[key]
            part.latest = one.ts if part.latest is None else max(part.latest, one.ts)
    return found


def _in_order(left: str, right: str) -> bool:
    if left.isascii() or right.isascii():  # then code points give the same answer as UTF-16, and faster
        return left < right
    return key_order(left) < key_order(right)


def _order(one: Sighting) -> tuple[datetime, bytes]:
    return one.ts, key_order(one.fact_id)


def _latest(part: Part) -> datetime | None:
    times = [when for when in (part.latest, *part.regions.values()) if when is not None]
    return max(times, default=None)


def _absorb(left: Part, right: Part, by: Sighting, part_of: dict[str, Part]) -> Part:
    """Make two parts one (the smaller goes into the larger); return it."""
    into, gone = (left, right) if len(left.keys) >= len(right.keys) else (right, left)
    for key in gone.keys:
        part_of[key] = into
    into.keys += gone.keys
    into.fresh += gone.fresh
    into.profiles += gone.profiles
    into.size += gone.size
    into.limited |= gone.limited
    into.founder = min(into.founder, gone.founder)
    into.first_seen = min(into.first_seen, gone.first_seen)
    into.last_seen = max(into.last_seen, gone.last_seen)
    if gone.latest is not None and (into.latest is None or gone.latest > into.latest):
        into.latest = gone.latest
    into.regions.update(gone.regions)
    into.decided = into.decided or gone.decided
    into.trigger = into.trigger or gone.trigger or by
    return into
