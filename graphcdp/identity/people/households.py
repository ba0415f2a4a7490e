"""Households: people who share a device, a postal address or a payment card, with what they share.

Derived from profiles as they stand, never the other way round: nobody's identities are joined by living together.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from time import monotonic
from typing import Any, NamedTuple, Self

from graphcdp.base import Clock, InvalidInputError, NotFoundError, logger
from graphcdp.graph import Graph
from graphcdp.identity.people.addresses import address_line
from graphcdp.identity.questions.explain import IdentityNotFoundError
from graphcdp.identity.replay.evidence import key_order
from graphcdp.identity.rules.rulebook import RuleBook
from graphcdp.model import IdentityKey

PAGE = 5_000
MOST_MEMBERS = 8
LARGEST_LIMIT = 50
STREET, POSTAL_CODES, COUNTRY = "street", ("postcode", "postal_code"), "country"
CARD, CARD_END, CARD_EXPIRY = "payment_card", "card_last4", "card_expiry"
SHARED_ATTRIBUTES = (STREET, *POSTAL_CODES, COUNTRY, CARD, CARD_END, CARD_EXPIRY)
_log = logger(__name__)


class HouseholdNotFoundError(NotFoundError):
    """A person is in no household."""

    code = "household_not_found"


@dataclass(frozen=True, slots=True)
class HouseholdMember:
    """One person of a household.

    Attributes:
        profile_id: the person.
        since: when a refresh first found the person in it.
        because: what is shared with another member, each `device|…`, `address|…` or `card|…`.
    """

    profile_id: str
    since: datetime
    because: tuple[str, ...]


class Shared(NamedTuple):
    """One thing that members of a household share: its kind (`device`, `address`, `card`), which, and who, by id."""

    kind: str
    value: str
    profile_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Household:
    """People who share something.

    Attributes:
        id: a keyed hash of the smallest key of the members' founders.
        known_from: when a refresh first found it.
        members: by profile id.
    """

    id: str
    known_from: datetime
    members: tuple[HouseholdMember, ...]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Read a row of `identity.households_of`."""
        members = tuple(
            HouseholdMember(each["profile_id"], each["since"], tuple(each["because"])) for each in row["members"]
        )
        return cls(row["household_id"], row["known_from"], members)

    def evidence(self) -> tuple[Shared, ...]:
        """Return what holds it together, by kind and value."""
        holders: dict[str, list[str]] = {}
        for member in self.members:
            for mark in member.because:
                holders.setdefault(mark, []).append(member.profile_id)
        shared = []
        for mark in sorted(holders):
            kind, _, value = mark.partition("|")
            shared.append(Shared(kind, value, tuple(holders[mark])))
        return tuple(shared)


@dataclass(frozen=True, slots=True)
class HouseholdReport:
    """What a refresh found and did.

    Attributes:
        households: there are now.
        members: people in them.
        joined: people who are in a household, or in another one, by this refresh.
        left: people who are in none any more.
        hubs: devices, addresses and cards of more people than a household may have; they count for nobody.
        too_large: groups that would have more members than a household may have; they are none.
        seconds: how long it took.
    """

    households: int
    members: int
    joined: int
    left: int
    hubs: int
    too_large: int
    seconds: float


class Households:
    """Derives households and reads them.

    Attributes:
        refreshed: is called after a refresh that changed who lives with whom.
    """

    def __init__(
        self, graph: Graph, clock: Clock, rules: RuleBook, name: Callable[[str], str], *, default_country: str = "GB"
    ) -> None:
        """Take what it works with.

        Args:
            graph: migrated.
            clock: dates what a refresh finds.
            rules: say which namespaces are people's.
            name: makes a household's id of a founder's key.
            default_country: of addresses that name none, two letters.
        """
        self._graph = graph
        self._clock = clock
        self._rules = rules
        self._name = name
        self._country = default_country
        self.refreshed: Callable[[], Awaitable[object]] | None = None

    async def of(self, profile_ids: Sequence[str]) -> dict[str, Household]:
        """Return the households of people by their profile ids; who is in none is left out."""
        rows = await self._graph.read("identity.households_of", ids=list(profile_ids))
        return {row["asked"]: Household.of(row) for row in rows}

    async def get(self, key: IdentityKey) -> Household:
        """Return the household of the person who holds an identity, as of the last refresh.

        Raises:
            IdentityNotFoundError: it was never seen.
            HouseholdNotFoundError: the person is in none.
        """
        known = await self._graph.read("identity.known", keys=[str(key)])
        if not known:
            raise IdentityNotFoundError.of(key.namespace)
        profile_id = known[0]["profile_id"]
        found = (await self.of([profile_id])).get(profile_id)
        if found is None:
            raise HouseholdNotFoundError(
                f"The person of this {key.namespace} shares no device, address or payment card with anybody, as of the "
                "last refresh. `graphcdp identity households --refresh` looks again.",
                namespace=key.namespace,
            )
        return found

    async def refresh(self, most_members: int = MOST_MEMBERS) -> HouseholdReport:
        """Derive all households anew from profiles as they stand: no event is read.

        What more than `most_members` people share (the address of an office, the tablet of a shop) counts for nobody,
        and a group of more than that is no household.

        Args:
            most_members: of one household, 2 to 50.

        Raises:
            InvalidInputError: the limit is another.
            GraphUnavailableError: the server does not answer; what was done stays, a further refresh does the rest.
        """
        if not 2 <= most_members <= LARGEST_LIMIT:
            raise InvalidInputError(
                f"A household of at most {most_members} cannot be; give 2 to {LARGEST_LIMIT}.",
                field="mostMembers",
                limit=LARGEST_LIMIT,
            )
        began = monotonic()
        founders, holders = await self._marks()
        shared = {mark: people for mark, people in holders.items() if len(people) > 1}
        close = {mark: people for mark, people in shared.items() if len(people) <= most_members}
        groups = _groups(close.values())
        small = [group for group in groups if len(group) <= most_members]
        because: dict[str, list[str]] = {}
        for mark in sorted(close):
            for person in close[mark]:
                because.setdefault(person, []).append(mark)
        wanted: dict[str, tuple[str, list[str]]] = {}
        for group in small:
            household_id = self._name(min((founders[person] for person in group), key=key_order))
            for person in group:
                wanted[person] = (household_id, because[person])
        joined, left = await self._write(wanted)
        report = HouseholdReport(
            households=len(small),
            members=len(wanted),
            joined=joined,
            left=left,
            hubs=len(shared) - len(close),
            too_large=len(groups) - len(small),
            seconds=monotonic() - began,
        )
        if (joined or left) and self.refreshed is not None:
            await self.refreshed()
        _log.info("households_refreshed", households=report.households, members=report.members)
        return report

    async def _marks(self) -> tuple[dict[str, str], dict[str, list[str]]]:
        """Return the founder of every person, and who holds each mark, by profile ids in order."""
        rules = await self._rules.in_force()
        persons = [each.name for each in rules.namespaces.values() if each.kind == "person"]
        founders: dict[str, str] = {}
        holders: dict[str, list[str]] = {}
        after: str | None = None
        while True:
            rows = await self._graph.read_rows(
                "identity.household_marks",
                person_namespaces=persons,
                attribute_names=list(SHARED_ATTRIBUTES),
                after_id=after,
                page_size=PAGE,
            )
            for profile_id, founder, said, things in rows:
                if founder is not None:
                    founders[profile_id] = founder
                    for mark in (*self._said(said), *(f"device|{each}" for each in things)):
                        holders.setdefault(mark, []).append(profile_id)
            if len(rows) < PAGE:
                return founders, holders
            after = rows[-1][0]

    def _said(self, values: Sequence[Any]) -> Iterator[str]:
        said = dict(zip(SHARED_ATTRIBUTES, values, strict=True))
        postal_code = next((said[name] for name in POSTAL_CODES if said[name] is not None), None)
        address = address_line(said[STREET], postal_code, said[COUNTRY], self._country)
        if address is not None:
            yield f"address|{address}"
        if said[CARD] not in (None, ""):
            yield f"card|{said[CARD]}"
        elif postal_code and said[CARD_END] and said[CARD_EXPIRY]:
            yield f"card|{said[CARD_END]}|{said[CARD_EXPIRY]}|{str(postal_code).replace(' ', '').upper()}"

    async def _write(self, wanted: Mapping[str, tuple[str, list[str]]]) -> tuple[int, int]:
        """Make the graph's households those that are wanted; return how many people joined and left one."""
        there: dict[str, tuple[str, list[str]]] = {}
        gone: dict[str, list[str]] = {}
        after: str | None = None
        while True:
            rows = await self._graph.read_rows("identity.household_members", after_id=after, page_size=PAGE)
            for household_id, members in rows:
                for person, because in members:
                    there[person] = (household_id, because)
                    if wanted.get(person, ("",))[0] != household_id:
                        gone.setdefault(household_id, []).append(person)
                if not members:
                    gone.setdefault(household_id, [])
            if len(rows) < PAGE:
                break
            after = rows[-1][0]
        fresh = [[person, *placed] for person, placed in wanted.items() if there.get(person) != placed]
        now = self._clock.now()
        for some in _batches(fresh):
            await self._graph.write("identity.household_join", rows=some, known_at=now)
        for some in _batches([list(each) for each in gone.items()]):
            await self._graph.write("identity.household_leave", rows=some)
        moved = sum(there.get(person, ("",))[0] != placed[0] for person, placed in wanted.items())
        return moved, len(there.keys() - wanted.keys())


def _groups(sharing: Any) -> list[list[str]]:
    """Return the people whom chains of shared things connect, each group in order."""
    parent: dict[str, str] = {}

    def root(person: str) -> str:
        at = parent.setdefault(person, person)
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for first, *others in sharing:
        for other in others:
            parent[root(other)] = root(first)
    groups: dict[str, list[str]] = {}
    for person in sorted(parent):
        groups.setdefault(root(person), []).append(person)
    return list(groups.values())


def _batches(rows: list[Any]) -> Iterator[list[Any]]:
    rest = iter(rows)
    while some := list(islice(rest, PAGE)):
        yield some
