"""A person's word about who is who: cut, pin, restore, merge, split, rekey, release; and taking any of them back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from graphcdp.base import Clock, ConflictError, InvalidInputError, NotFoundError
from graphcdp.graph import Graph, Transaction
from graphcdp.identity.decisions.deciding import Already, Desk, Numbers, Outcome, Plan
from graphcdp.identity.decisions.decision import (
    Action,
    Author,
    Decision,
    IdentityWord,
    LinkWord,
    Person,
    PersonRef,
    Wish,
    listed,
    read_change_id,
    require_profile,
)
from graphcdp.identity.questions.chain import IdentityNotFoundError
from graphcdp.identity.replay.evidence import Pair, pair
from graphcdp.identity.resolution.attributes import Regrouped
from graphcdp.identity.rules.rulebook import RuleBook
from graphcdp.model import IdentityKey

MOST_KEYS = 1_000
_Planner = Callable[[Desk], Awaitable[Plan | Already]]


class ChangeNotFoundError(NotFoundError):
    """A change that nobody made."""

    code = "change_not_found"


class _StaleRulesError(Exception):
    """Another process put other rules in force in between."""


class Undo:
    """Standing decisions. Each holds at every instant, outlives replays, and is an audited change with its inverse.

    Identity keys are taken as they are: normalise them first. Each call is one transaction under the lock that
    ingestion takes; where it stands so already, or the wish is refused, nothing is written. With `preview` all is done
    and rolled back.
    """

    def __init__(self, graph: Graph, clock: Clock, rule_book: RuleBook, numbers: Numbers) -> None:
        """Take what it works with.

        Args:
            graph: migrated.
            clock: gives the time of decisions.
            rule_book: the identity rules in force.
            numbers: numbers this process's changes; the pipeline's own, so that the two never meet.
        """
        self.regrouped: Regrouped | None = None
        self._graph = graph
        self._clock = clock
        self._rule_book = rule_book
        self._numbers = numbers

    async def cut(self, a: IdentityKey, b: IdentityKey, author: Author, *, preview: bool = False) -> Decision:
        """Cut the link between two identities: it is never in force again, whatever events say.

        Raises:
            IdentityNotFoundError: one of them was never seen.
            InvalidInputError: they are the same, or were never linked.
            ConflictError: a rekey declared them one value.
        """
        both = _pair(a, b)

        async def plan(desk: Desk) -> Plan | Already:
            (standing,) = await desk.look([both])
            if standing.state is None:
                chain = "" if await _two_people(desk, both) else (
                    " They are one person over other identities: explain shows the links, and splitProfile parts all "
                    "of them at once."
                )  # fmt: skip
                raise InvalidInputError(
                    f"{a} and {b} were never linked: no event showed them together, so there is no link to cut.{chain}",
                    field="b",
                )
            if standing.one_value:
                raise _one_value(a, b)
            if standing.state == "cut":
                return Already(f"The link between {a} and {b} is cut already; nothing changed.")

            def told(outcome: Outcome) -> str:
                if outcome.apart(*both):
                    return f"The link between {a} and {b} is cut: they are two people, and no event joins them by it."
                return (
                    f"The link between {a} and {b} is cut, and yet they are one person: other links hold them together "
                    "(explain shows them; splitProfile parts all of them at once)."
                )

            return Plan(Wish((LinkWord(*both, standing.word, "cut"),)), told)

        return await self._decide(Action.CUT, plan, author, preview=preview)

    async def pin(self, a: IdentityKey, b: IdentityKey, author: Author, *, preview: bool = False) -> Decision:
        """Pin two identities together: the link holds whatever events say, and is made where there is none.

        Raises:
            IdentityNotFoundError: one of them was never seen.
            InvalidInputError: they are the same.
            ConflictError: pins alone would give one person two values of a unique namespace; the two are named.
        """
        both = _pair(a, b)

        async def plan(desk: Desk) -> Plan | Already:
            (standing,) = await desk.look([both])
            if standing.state == "pinned":
                return Already(f"{a} and {b} are pinned together already; nothing changed.")
            return Plan(
                Wish((LinkWord(*both, standing.word, "pinned"),)),
                lambda _: f"{a} and {b} are one person, and stay so whatever events say.",
            )

        return await self._decide(Action.PIN, plan, author, preview=preview)

    async def restore(self, a: IdentityKey, b: IdentityKey, author: Author, *, preview: bool = False) -> Decision:
        """Take back what a person said about a link, cut or pin: the replay of the events decides again.

        Raises:
            IdentityNotFoundError: one of them was never seen.
            InvalidInputError: they are the same, or nobody decided about their link.
            ConflictError: a rekey declared them one value.
        """
        both = _pair(a, b)

        async def plan(desk: Desk) -> Plan | Already:
            (standing,) = await desk.look([both])
            if standing.word is None:
                raise InvalidInputError(
                    f"Nobody has cut or pinned the link between {a} and {b}, so there is nothing to take back.",
                    field="b",
                )
            if standing.one_value:
                raise _one_value(a, b)
            was = "cut" if standing.word == "cut" else "pin"

            def told(outcome: Outcome) -> str:
                now = "two people" if outcome.apart(*both) else "one person"
                return f"The {was} between {a} and {b} is taken back; by what events say they are {now}."

            return Plan(Wish((LinkWord(*both, standing.word, None),)), told)

        return await self._decide(Action.RESTORE, plan, author, preview=preview)

    async def merge(self, a: PersonRef, b: PersonRef, author: Author, *, preview: bool = False) -> Decision:
        """Make two profiles one by pinning their founders together.

        Args:
            a, b: each a profile's id, present or past, or any identity of it.
            author: who decides.
            preview: roll back.

        Raises:
            IdentityNotFoundError, ProfileNotFoundError: one of them was never seen.
            ConflictError: together they hold more values of a namespace than one person may; they are named.
        """

        async def plan(desk: Desk) -> Plan | Already:
            one, other = await _person(desk, a), await _person(desk, b)
            if one.profile_id == other.profile_id:
                return Already(
                    f"{a} and {b} are one person already ({one.profile_id}); nothing changed. To make it last whatever "
                    "events say, pin two of the identities."
                )
            wrong = desk.forbidden(await desk.counts_as([*one.identities, *other.identities]))
            if wrong is not None:
                raise ConflictError(f"The two profiles cannot be one person: {wrong}", field="b")
            both = pair(one.founder, other.founder)
            (standing,) = await desk.look([both])

            def told(outcome: Outcome) -> str:
                return (
                    f"The two are one person ({outcome.after[both[0]]}): {one.founder} and {other.founder} are pinned "
                    "together. No event was moved."
                )

            return Plan(Wish((LinkWord(*both, standing.word, "pinned"),)), told)

        return await self._decide(Action.MERGE, plan, author, preview=preview)

    async def split(
        self, person: PersonRef, keys: Sequence[IdentityKey], author: Author, *, preview: bool = False
    ) -> Decision:
        """Part some identities from the rest of a profile: every link between them and the rest is cut.

        Args:
            person: a profile's id, present or past, or any identity of it.
            keys: the identities that go; among themselves they stay linked.
            author: who decides.
            preview: roll back.

        Raises:
            IdentityNotFoundError, ProfileNotFoundError: the profile or an identity was never seen.
            InvalidInputError: no identity, all of the profile's, or one that it does not hold.
            ConflictError: a rekey declared one of them and one of the rest one value.
        """
        wanted = list(dict.fromkeys(str(key) for key in keys))
        if not 1 <= len(wanted) <= MOST_KEYS:
            raise InvalidInputError(
                f"Name the identities that are to go, 1 to {MOST_KEYS:,} of them.", field="keys", limit=MOST_KEYS
            )

        async def plan(desk: Desk) -> Plan | Already:
            held = await _person(desk, person)
            await desk.hubs(wanted)
            strangers = [key for key in wanted if key not in held.identities]
            if strangers:
                across = await desk.across(wanted, [key for key in held.identities if key not in wanted])
                if len(strangers) == len(wanted) and across and all(state == "cut" for _, _, state in across):
                    return Already(f"{listed(wanted)} went from {held.profile_id} already; nothing changed.")
                raise InvalidInputError(
                    f"{held.profile_id} does not hold {listed(strangers[:5])}. It holds "
                    f"{listed(held.identities[:20])}.",
                    field="keys",
                )
            rest = [key for key in held.identities if key not in wanted]
            if not rest:
                raise InvalidInputError(
                    "These are all of the profile's identities, so nobody would be left. Leave out those that stay.",
                    field="keys",
                )
            across = [one for one in await desk.across(wanted, rest) if one[2] != "cut"]
            pairs = [pair(left, right) for left, right, _ in across]
            standings = await desk.look(pairs)
            for both, standing in zip(pairs, standings, strict=True):
                if standing.one_value:
                    raise _one_value(*both)

            def told(outcome: Outcome) -> str:
                stayed = [key for key in wanted if any(not outcome.apart(key, other) for other in rest)]
                cut = "1 link" if len(pairs) == 1 else f"{len(pairs)} links"
                if stayed:
                    return (
                        f"{cut} cut, and yet {listed(stayed[:5])} and some of the rest are one person again, over "
                        "identities that the profile did not hold before: explain shows the links."
                    )
                return f"{listed(wanted[:5])} and the rest are two people: {cut} cut, and no event joins them by those."

            words = [LinkWord(*both, one.word, "cut") for both, one in zip(pairs, standings, strict=True)]
            return Plan(Wish(tuple(words)), told)

        return await self._decide(Action.SPLIT, plan, author, preview=preview)

    async def rekey(self, old: IdentityKey, new: IdentityKey, author: Author, *, preview: bool = False) -> Decision:
        """Declare two values of a namespace one, as when a customer id changed: history does not split.

        The two are pinned together and count as one value of their namespace.

        Raises:
            IdentityNotFoundError: one of them was never seen.
            InvalidInputError: they are the same, or of two namespaces.
            ConflictError: even so one person would hold more values of a namespace than one may; they are named.
        """
        both = _pair(old, new)
        if old.namespace != new.namespace:
            raise InvalidInputError(
                f"A rekey declares two values of one namespace one, and these are of {old.namespace} and "
                f"{new.namespace}. To make two identities one person, pin them.",
                field="new",
            )

        async def plan(desk: Desk) -> Plan | Already:
            (standing,) = await desk.look([both])
            olds, news = await desk.pinned(str(old)), await desk.pinned(str(new))
            was, target = olds[str(old)], news[str(new)]
            if was == target:
                return Already(f"{old} and {new} count as one value already; nothing changed.")
            words = [
                IdentityWord(key, "counts_as", None if value == key else value, target)
                for key, value in sorted(olds.items())
                if value == was
            ]
            links = () if standing.state == "pinned" else (LinkWord(*both, standing.word, "pinned"),)
            return Plan(
                Wish(links, tuple(words)), lambda _: f"{old} and {new} are one value of one person from the beginning."
            )

        return await self._decide(Action.REKEY, plan, author, preview=preview)

    async def release_hub(self, key: IdentityKey, author: Author, *, preview: bool = False) -> Decision:
        """Let an identity link people again that was quarantined because so many shared it; it never is again.

        Raises:
            IdentityNotFoundError: it was never seen.
            InvalidInputError: it is not quarantined.
        """

        async def plan(desk: Desk) -> Plan | Already:
            hub = (await desk.hubs([str(key)]))[str(key)]
            if hub == "released":
                return Already(f"{key} is released already; nothing changed.")
            if hub is None:
                raise InvalidInputError(
                    f"{key} is not quarantined: it links people as every identity does, so there is nothing to "
                    "release.",
                    field="identity",
                )
            return Plan(
                Wish(identities=(IdentityWord(str(key), "hub", hub, "released"),)),
                lambda _: f"{key} links people again, however many share it.",
            )

        return await self._decide(Action.RELEASE, plan, author, preview=preview)

    async def undo(self, change: str, author: Author, *, preview: bool = False) -> Decision:
        """Take a decision back, whichever it was: links and identities are said of as before it.

        Args:
            change: its id, `writer/number`.
            author: who takes it back.
            preview: roll back.

        Raises:
            ChangeNotFoundError: there is no such change.
            InvalidInputError: no person decided it.
            ConflictError: another decision about the same came after it; or what it would bring back is forbidden.
        """
        writer, seq = read_change_id(change)

        async def plan(desk: Desk) -> Plan | Already:
            rows = await desk.tx.run("identity.decide_find", writer=writer, seq=seq)
            if not rows:
                raise ChangeNotFoundError(f"There is no change {change}. Take its id from the list of changes.")
            if rows[0]["inverse"] is None:
                raise InvalidInputError(
                    f"The change {change} ({rows[0]['kind']}) followed from events, not from a person's word. To "
                    "change it, cut or pin a link.",
                    field="change",
                )
            wish = Wish.read(rows[0]["inverse"])
            said = await desk.words(wish)
            if said == [one.after for one in wish.links] + [one.after for one in wish.identities]:
                return Already(f"The change {change} is taken back already; nothing changed.")
            if said != [one.before for one in wish.links] + [one.before for one in wish.identities]:
                raise ConflictError(
                    f"The change {change} cannot be taken back as it was: a later decision is about the same links or "
                    "identities. Take that one back first.",
                    field="change",
                )
            return Plan(wish, lambda _: f"The change {change} ({rows[0]['kind']}) is taken back.", change)

        return await self._decide(Action.UNDO, plan, author, preview=preview)

    async def _decide(self, action: Action, planner: _Planner, author: Author, *, preview: bool) -> Decision:
        author = author.checked()

        async def work(tx: Transaction) -> Decision:
            in_force = (await tx.rows("ingest.lock", known_at=self._clock.now()))[0][0]
            if in_force != rules.version:
                raise _StaleRulesError
            desk = Desk(
                tx, rules, self._clock.now(), self._numbers, self.regrouped
            )  # its turn has come: later than all before it
            plan = await planner(desk)
            if isinstance(plan, Already):
                return Decision(action, changed=False, preview=preview, sentence=plan.sentence)
            return await desk.carry_out(action, plan, author, preview=preview)

        while True:
            rules = await self._rule_book.in_force()
            try:
                return await self._graph.transact(work, keep=not preview)
            except _StaleRulesError:
                continue


def _pair(a: IdentityKey, b: IdentityKey) -> Pair:
    """Return two identities in the order in which links run.

    Raises:
        InvalidInputError: they are the same one.
    """
    if a == b:
        raise InvalidInputError(f"{a} was given twice, and one identity has no link to itself. Name two.", field="b")
    return pair(str(a), str(b))


def _one_value(a: object, b: object) -> ConflictError:
    return ConflictError(
        f"{a} and {b} were declared one value by a rekey, which holds them together. Take that change back with undo.",
        field="b",
    )


async def _two_people(desk: Desk, both: Pair) -> bool:
    one, other = [await _person(desk, IdentityKey(*key.split("|", 1))) for key in both]
    return one.profile_id != other.profile_id


async def _person(desk: Desk, ref: PersonRef) -> Person:
    """Return the profile that an id or an identity means.

    Raises:
        IdentityNotFoundError, ProfileNotFoundError: it was never seen.
    """
    id: str | None = ref if isinstance(ref, str) else None
    if id is None:
        assert isinstance(ref, IdentityKey)  # noqa: S101  the other kind of a reference
        rows = await desk.tx.run("identity.known", keys=[str(ref)])
        if not rows:
            raise IdentityNotFoundError.of(ref.namespace)
        id = rows[0]["profile_id"]
    row = require_profile(await desk.tx.run("identity.decide_person", id=id), id)
    return Person(row["profile_id"], row["founder"], tuple(row["identities"]))
