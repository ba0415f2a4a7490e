"""Generated rule sets and histories: few people and few values, so that they meet and quarrel often."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import strategies as st

from tests.oracle import Namespace, Rules, Statement

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
BLOCKED = "blocked-value"
_PEOPLE = (
    # `login` and `login_b`: as texts, `login_b|x` comes before `login|x`.
    Namespace("crm_id", "person", 0, max_values=1),
    Namespace("login", "person", 0),
    Namespace("login_b", "person", 0, max_values=1),
    Namespace("email", "person", 0, max_values=1),
    Namespace("phone", "person", 0, max_values=2),
)
_THINGS = (
    Namespace("ecid", "cookie", 0, blocked=frozenset({BLOCKED})),
    Namespace("device_id", "device", 0),
    Namespace("till", "device", 0, max_values=1),
)
# "Ana" is not "ana"; the last is outside of the basic plane. No value between U+E000 and U+FFFF beside it: Neo4j orders
# such a pair by UTF-16 in the transaction that wrote it and by code points afterwards, so ties of keys are not settled.
_VALUES = ("ana", "ben", "Ana", "noa é", "𐐷")


@dataclass(frozen=True, slots=True)
class History:
    """Facts in order of arrival, cut into batches, and the rules they meet."""

    rules: Rules
    batches: tuple[tuple[Statement, ...], ...]

    @property
    def facts(self) -> tuple[Statement, ...]:
        """All facts in order of arrival."""
        return tuple(fact for batch in self.batches for fact in batch)

    def moved_to(self, prefix: str) -> History:
        """Return the same history among identities and fact ids of its own (blocked values stay what they are)."""

        def move(fact: Statement) -> Statement:
            own = tuple((space, value if value == BLOCKED else prefix + value) for space, value in fact.identities)
            return replace(fact, id=prefix + fact.id, identities=own)

        return replace(self, batches=tuple(tuple(move(fact) for fact in batch) for batch in self.batches))


@st.composite
def rule_sets(draw: st.DrawFn) -> Rules:
    """Return rules with one or two unique namespaces at least, people's before things', and often a tiny cap."""
    people = draw(st.lists(st.sampled_from(_PEOPLE), min_size=1, max_size=4, unique=True))
    things = draw(st.lists(st.sampled_from(_THINGS), min_size=0 if len(people) > 1 else 1, max_size=2, unique=True))
    if not any(space.max_values for space in (*people, *things)):
        people = [_PEOPLE[0], *people]
    ranked = tuple(replace(space, priority=rank) for rank, space in enumerate((*people, *things), start=1))
    return Rules(ranked, max_identities=draw(st.sampled_from((50, 50, 3, 4, 5))))


@st.composite
def statements(draw: st.DrawFn, rules: Rules, number: int, values: list[str]) -> Statement:
    """Return one fact: mostly one of the values each of one to three namespaces, now and then one to refuse."""
    spaces = draw(
        st.lists(st.sampled_from(rules.namespaces), min_size=1, max_size=min(3, len(rules.namespaces)), unique=True)
    )
    identities = [(space.name, draw(st.sampled_from(values))) for space in spaces]
    odd = draw(st.integers(0, 23))
    if odd == 0:
        identities.append((spaces[0].name, draw(st.sampled_from(values))))
    elif odd == 1:
        identities.append(("shoe_size", "43"))
    elif odd in (2, 3) and any(space.name == "ecid" for space in rules.namespaces):
        identities.append(("ecid", BLOCKED))
    return Statement(
        id=f"f{number}", ts=START + timedelta(minutes=draw(st.integers(0, 9))), identities=tuple(identities)
    )


@st.composite
def facts_under(draw: st.DrawFn, rules: Rules, *, max_facts: int = 18) -> tuple[Statement, ...]:
    """Return facts with ids of their own, in no particular order of time."""
    count = draw(st.integers(2, max_facts))
    numbers = draw(st.permutations(range(count)))
    values = draw(st.lists(st.sampled_from(_VALUES), min_size=2, max_size=4, unique=True))
    return tuple(draw(statements(rules, number, values)) for number in numbers)


@st.composite
def arrivals(draw: st.DrawFn, rules: Rules, facts: tuple[Statement, ...]) -> History:
    """Return facts as they may arrive: in order, some late or any way; some again, some changed; in batches."""
    arriving = sorted(facts, key=lambda fact: (fact.ts, fact.id))
    manner = draw(st.sampled_from(("in order", "some late", "any")))
    if manner == "any":
        arriving = draw(st.permutations(arriving))
    elif manner == "some late":
        for _ in range(draw(st.integers(1, 3))):
            late = arriving.pop(draw(st.integers(0, len(arriving) - 1)))
            arriving.insert(draw(st.integers(0, len(arriving))), late)
    for fact in draw(st.lists(st.sampled_from(facts), max_size=3)):
        changed = draw(st.integers(0, 3)) == 0
        again = replace(fact, content="changed") if changed else fact
        arriving.insert(draw(st.integers(0, len(arriving))), again)
    cuts = sorted(draw(st.sets(st.integers(1, len(arriving)), max_size=4)) | {0, len(arriving)})
    batches = tuple(tuple(arriving[start:stop]) for start, stop in pairwise(cuts))
    return History(rules, batches)


@st.composite
def histories(draw: st.DrawFn, *, max_facts: int = 18) -> History:
    """Return a history under generated rules."""
    rules = draw(rule_sets())
    return draw(arrivals(rules, draw(facts_under(rules, max_facts=max_facts))))


@st.composite
def two_arrivals(draw: st.DrawFn) -> tuple[History, History]:
    """Return the same facts arriving in two ways, nothing changed under way."""
    rules = draw(rule_sets())
    facts = draw(facts_under(rules))
    first, second = draw(arrivals(rules, facts)), draw(arrivals(rules, facts))
    return _unchanged(first), _unchanged(second)


def _unchanged(history: History) -> History:
    return replace(
        history, batches=tuple(tuple(replace(fact, content="") for fact in batch) for batch in history.batches)
    )
