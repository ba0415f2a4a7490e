"""One decision of a person in one transaction: look, write, decide anew who is who, tell what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import orjson

from graphcdp.base import ConflictError
from graphcdp.graph import Transaction
from graphcdp.identity.decisions.decision import (
    Action,
    Author,
    Decision,
    Move,
    Person,
    Reached,
    Wish,
    change_id,
    listed,
)
from graphcdp.identity.questions.chain import IdentityNotFoundError
from graphcdp.identity.resolution.attributes import (
    Regrouped,
    attributes_anew,
    identity_words,
    merge,
    people,
    read_facts,
    write_row,
)
from graphcdp.identity.resolution.resolve import resolve
from graphcdp.identity.rules.files import RuleSet

_BECAUSE = {
    Action.CUT: "cut",
    Action.PIN: "pinned",
    Action.RESTORE: "restored",
    Action.MERGE: "merged by a person",
    Action.SPLIT: "split by a person",
    Action.REKEY: "rekeyed",
    Action.RELEASE: "released",
    Action.UNDO: "taken back",
}
_WORDS = ("cut", "pinned")


class Numbers(Protocol):
    """Numbers the changes of one writer."""

    @property
    def name(self) -> str:
        """The writer's name."""
        ...

    def next_seq(self) -> int:
        """Return the writer's next number."""
        ...


class Standing(NamedTuple):
    """How two identities stand to each other.

    Attributes:
        state: of their link; None where they were never linked.
        seen: how many events showed the two together.
        one_value: whether a rekey declared them one value.
    """

    state: str | None
    seen: int
    one_value: bool

    @property
    def word(self) -> str | None:
        """What a person said about the link: `cut`, `pinned` or nothing."""
        return self.state if self.state in _WORDS else None


@dataclass(slots=True, eq=False)
class _Around:
    """A profile before the decision; `apart`: something was in dispute in its region, or other rules decided it."""

    person: Person
    counts_as: dict[str, str]
    latest_evidence: datetime | None
    first_seen: datetime | None
    last_seen: datetime | None
    apart: bool


class Outcome(NamedTuple):
    """Who holds an identity after the decision, and who did before; by key."""

    before: Mapping[str, str]
    after: Mapping[str, str]

    def apart(self, one: str, other: str) -> bool:
        """Whether two identities are two people now."""
        return self.after[one] != self.after[other]


Told = Callable[[Outcome], str]


class Plan(NamedTuple):
    """What is to be done, and how to tell of it; `takes_back` names the change that it takes back."""

    wish: Wish
    told: Told
    takes_back: str | None = None


class Already(NamedTuple):
    """It stands so already."""

    sentence: str


class Desk:
    """What a decision can see and do inside its transaction; the ingest lock is held."""

    def __init__(
        self,
        tx: Transaction,
        rules: RuleSet,
        known_at: datetime,
        numbers: Numbers,
        regrouped: Regrouped | None = None,
    ) -> None:
        self.tx = tx
        self._regrouped = regrouped
        self.rules = rules
        self._known_at = known_at
        self._numbers = numbers
        self._limits = {n.name: n.max_values for n in rules.namespaces.values() if n.max_values is not None}
        self._priorities = {n.name: n.priority for n in rules.namespaces.values()}

    async def look(self, pairs: Sequence[tuple[str, str]]) -> list[Standing]:
        """Say how pairs of identities stand to each other, in order.

        Raises:
            IdentityNotFoundError: one was never seen.
        """
        found: list[Standing] = []
        for row in await self.tx.run("identity.decide_look", pairs=[list(pair) for pair in pairs]):
            left, right = pairs[row["position"]]
            for key, known in ((left, row["left_known"]), (right, row["right_known"])):
                if not known:
                    raise IdentityNotFoundError.of(key.split("|", 1)[0])
            told = row["left_counts_as"] is not None or row["right_counts_as"] is not None
            same = (row["left_counts_as"] or left) == (row["right_counts_as"] or right)
            found.append(Standing(row["state"], row["seen"] or 0, told and same))
        return found

    async def pinned(self, key: str) -> dict[str, str]:
        """Return what pins alone hold together with an identity, itself included, and what each counts as."""
        return {row["key"]: row["counts_as"] for row in await self.tx.run("identity.decide_pinned", keys=[key])}

    async def counts_as(self, keys: Sequence[str]) -> dict[str, str]:
        """Return what some identities count as, by key."""
        return {row["key"]: row["counts_as"] or row["key"] for row in await self._identities(keys)}

    async def hubs(self, keys: Sequence[str]) -> dict[str, str | None]:
        """Return which of some identities are `quarantined` or `released`, by key.

        Raises:
            IdentityNotFoundError: one was never seen.
        """
        return {row["key"]: row["hub"] for row in await self._identities(keys)}

    async def across(self, keys: Sequence[str], rest: Sequence[str]) -> list[tuple[str, str, str]]:
        """Return the links between some identities and some others, in any state: the two keys and the state."""
        rows = await self.tx.rows("identity.decide_across", keys=list(keys), rest=list(rest))
        return [(left, right, state) for left, right, state in rows]

    async def words(self, wish: Wish) -> list[str | None]:
        """Return what is said now of each thing that a wish is about, its links first."""
        links = await self.look([(word.left_key, word.right_key) for word in wish.links])
        said: dict[tuple[str, str], str | None] = {}
        for row in await self._identities([word.key for word in wish.identities]):
            said[row["key"], "hub"] = row["hub"]
            said[row["key"], "counts_as"] = row["counts_as"]
        return [*(one.word for one in links), *(said[word.key, word.name] for word in wish.identities)]

    async def _identities(self, keys: Sequence[str]) -> list[dict[str, Any]]:
        rows = await self.tx.run("identity.decide_identity", keys=list(keys))
        missing = set(keys) - {row["key"] for row in rows}
        if missing:
            raise IdentityNotFoundError.of(min(missing).split("|", 1)[0])
        return rows

    def forbidden(self, counts_as: Mapping[str, str]) -> str | None:
        """Say in a sentence why one person may not hold some identities; None where one may.

        Args:
            counts_as: by key, what it counts as.
        """
        values: dict[str, list[str]] = {}
        for value in dict.fromkeys(counts_as.values()):
            values.setdefault(value.split("|", 1)[0], []).append(value)
        broken = [name for name, most in self._limits.items() if len(values.get(name, ())) > most]
        if not broken:
            return None
        name = min(broken, key=lambda one: self._priorities[one])
        most = self._limits[name]
        if most == 1:
            return (
                f"{listed(sorted(values[name])[:2])} would be one person's, and a person has one {name}. Where the "
                f"{name} of one person changed, declare the two values one with rekey."
            )
        return (
            f"One person would hold {len(values[name])} values of {name}, and {most} are the most: "
            f"{listed(sorted(values[name])[:10])}."
        )

    async def carry_out(self, action: Action, plan: Plan, author: Author, *, preview: bool) -> Decision:
        """Do what was planned and tell what changed.

        Raises:
            ConflictError: pins alone would bring together what a unique namespace forbids.
        """
        wish, tx = plan.wish, self.tx
        around = await self._around(wish.keys)
        reach = await self._reach(around)
        evidence, facts = await self._calm(wish, around)
        await self._write(wish, author)
        for key in dict.fromkeys(word.left_key for word in wish.links if word.after == "pinned"):
            wrong = self.forbidden(await self.pinned(key))
            if wrong is not None:
                raise ConflictError(f"The pin is refused, since pins hold whatever events say: {wrong}")
        decided = await resolve(tx, wish.keys, evidence, known_at=self._known_at)
        bare = [[word.left_key, word.right_key] for word in wish.links if word.after is None]
        if bare:
            await tx.consume("identity.decide_forget", rows=bare)
        after = {one.profile_id: Person(one.profile_id, one.founder, tuple(sorted(one.identities))) for one in decided}
        latest = max((one.latest_evidence for one in around.values() if one.latest_evidence), default=None)
        await tx.consume("identity.decide_region", ids=list(after), latest_evidence=latest)
        before = {id: one.person for id, one in around.items()}
        outcome = Outcome(_holders(before), _holders(after))
        moved = tuple(
            Move(key, old, outcome.after[key])
            for key, old in sorted(outcome.before.items())
            if outcome.after.get(key, old) != old
        )
        await self._write_attributes(before, after, facts, around)
        if self._regrouped is not None:
            former = {move.from_profile: move.to_profile for move in moved if move.from_profile not in after}
            await self._regrouped(tx, sorted(after), former, self._known_at)
        concerned_before = {outcome.before[key] for key in wish.keys if key in outcome.before}
        concerned_after = {outcome.after[key] for key in wish.keys}
        for move in moved:
            concerned_before |= {move.from_profile, move.to_profile} & before.keys()
            concerned_after |= {move.from_profile, move.to_profile} & after.keys()
        shown_before, shown_after = sorted(concerned_before), sorted(concerned_after)
        number = self._numbers.next_seq()
        name = change_id(self._numbers.name, number)
        if moved:
            await tx.consume(
                "identity.decide_mark",
                rows=[list(move) for move in moved],
                known_at=self._known_at,
                because=_BECAUSE[action],
                change_id=name,
            )
        await tx.consume(
            "identity.decide_change",
            writer=self._numbers.name,
            seq=number,
            known_at=self._known_at,
            row=[action.value, outcome.after[wish.keys[0]], _json(shown_before), _json(shown_after), author.name,
                 author.reason, _json([list(move) for move in moved]), wish.text(), wish.inverse().text(),
                 plan.takes_back],
            keys=wish.keys,
        )  # fmt: skip
        reach = {id: held for id, held in reach.items() if id in concerned_before}
        memberships, deliveries = _changed(reach, await self._reach(concerned_before | concerned_after))
        return Decision(
            action,
            changed=True,
            preview=preview,
            sentence=plan.told(outcome),
            change_id=None if preview else name,
            wish=wish,
            before=tuple(before[id] for id in shown_before),
            after=tuple(after[id] for id in shown_after),
            moved=moved,
            memberships=memberships,
            deliveries=deliveries,
        )

    async def _around(self, keys: list[str]) -> dict[str, _Around]:
        return {
            row["profile_id"]: _Around(
                Person(row["profile_id"], row["founder"], tuple(sorted(key for key, _ in row["identities"]))),
                dict(row["identities"]),
                row["latest_evidence"] or row["region_latest"],
                row["first_seen"],
                row["last_seen"],
                row["region_id"] is not None or row["decided_by"] not in (None, self.rules.version),
            )
            for row in await self.tx.run("identity.decide_around", keys=keys)
        }

    async def _calm(
        self, wish: Wish, around: Mapping[str, _Around]
    ) -> tuple[list[str] | None, dict[str, dict[str, Any]]]:
        """Say whether a union is enough, as where evidence joins what was never in dispute.

        Returns:
            The evidence to play: none, or None for a replay of the region; where it is none, the attributes of the
            profiles by id.
        """
        if any(word.after != "pinned" or word.before is not None for word in wish.links):
            return None, {}
        if any(word.name != "counts_as" for word in wish.identities) or not wish.links:
            return None, {}
        if any(one.apart or not one.counts_as.keys() & set(wish.keys) for one in around.values()):
            return None, {}
        counts_as = {key: value for one in around.values() for key, value in one.counts_as.items()}
        counts_as.update({word.key: word.after or word.key for word in wish.identities})
        if self.forbidden(counts_as) is not None or len(counts_as) > self.rules.max_identities:
            return None, {}
        rows = await self.tx.rows("ingest.facts_of", ids=list(around))
        return [], {row[0]: {"facts": read_facts(row[1]), "words": identity_words(row[2])} for row in rows}

    async def _write(self, wish: Wish, author: Author) -> None:
        if wish.links:
            await self.tx.consume(
                "identity.decide_links",
                rows=[[word.left_key, word.right_key, word.after] for word in wish.links],
                decided_at=self._known_at,
                decided_by=author.name,
                reason=author.reason,
            )
        if wish.identities:
            await self.tx.consume(
                "identity.decide_identities", rows=[[word.key, word.name, word.after] for word in wish.identities]
            )

    async def _write_attributes(
        self,
        before: Mapping[str, Person],
        after: Mapping[str, Person],
        facts: Mapping[str, Mapping[str, Any]],
        around: Mapping[str, _Around],
    ) -> None:
        kinds = {n.name: n.kind for n in self.rules.namespaces.values()}
        if not facts:
            # Under the other policies what was done anonymously can change hands where no identity does.
            stays = self.rules.policy in ("last_login", "first_owner")
            changed = [id for id, one in after.items() if not stays or before.get(id) != one]
            if changed:
                await attributes_anew(self.tx, kinds, changed)
            return
        if len(after) == len(before):
            return
        (united,) = after.values()
        held: dict[str, Any] = {}
        words: set[str] = set()
        for one in facts.values():
            merge(held, one["facts"])
            words.update(one["words"])
        row = write_row(united.profile_id, (), held, people(united.identities, kinds), words)
        first = min((one.first_seen for one in around.values() if one.first_seen), default=None)
        last = max((one.last_seen for one in around.values() if one.last_seen), default=None)
        await self.tx.consume("ingest.seen_write", rows=[[united.profile_id, first, last]])
        await self.tx.consume("ingest.facts_write", rows=[row])

    async def _reach(self, ids: Iterable[str]) -> dict[str, tuple[list[str], list[str]]]:
        rows = await self.tx.rows("identity.decide_reach", ids=list(ids))
        return {row[0]: (row[1], row[2]) for row in rows}


def _holders(people_by_id: Mapping[str, Person]) -> dict[str, str]:
    return {key: id for id, one in people_by_id.items() for key in one.identities}


def _changed(
    before: Mapping[str, tuple[list[str], list[str]]], after: Mapping[str, tuple[list[str], list[str]]]
) -> tuple[tuple[Reached, ...], tuple[Reached, ...]]:
    """Return the memberships and deliveries that differ, profiles that are gone or new included."""
    found: tuple[list[Reached], list[Reached]] = ([], [])
    for id in sorted(before.keys() | after.keys()):
        for which in (0, 1):
            old, new = set(before.get(id, ([], []))[which]), set(after.get(id, ([], []))[which])
            found[which].extend(Reached(id, one, entered=False) for one in sorted(old - new))
            found[which].extend(Reached(id, one, entered=True) for one in sorted(new - old))
    return tuple(found[0]), tuple(found[1])


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
