"""Generated rule sets, decisions and histories: few people and few values, so that they meet and quarrel often."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import strategies as st

from tests.oracle import Decisions, Namespace, Pair, Policy, Rules, Statement, component, pair_of, refusal_of

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
BLOCKED = "blocked-value"
POLICIES: tuple[Policy, ...] = ("last_login", "first_owner", "nobody", "session")
NOTHING_DECIDED = Decisions()
_OF_VISITS = ("nobody", "session")
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
# "Ana" is not "ana"; the others are not ASCII. UTF-16 puts U+1F600 before U+FF5A, code points put it behind.
VALUES = ("ana", "ben", "Ana", "noa é", "😀", "ｚ")
_ID_STARTS = ("f", "ｚ", "😀")  # facts of one instant are ordered by their ids


def number_of(id: str) -> int:
    """Return the number of a drawn fact, which its id ends with."""
    return int(id[len(id.rstrip("0123456789")) :])


@dataclass(frozen=True, slots=True)
class History:
    """Facts in order of arrival, cut into batches, the rules they meet, and what a person decided about them."""

    rules: Rules
    batches: tuple[tuple[Statement, ...], ...]
    decisions: Decisions = NOTHING_DECIDED

    @property
    def facts(self) -> tuple[Statement, ...]:
        """All facts in order of arrival."""
        return tuple(fact for batch in self.batches for fact in batch)

    @property
    def stored(self) -> tuple[Statement, ...]:
        """The facts that are taken, each once, each with only the identities that count."""
        taken: dict[str, Statement] = {}
        for fact in self.facts:
            if refusal_of(self.rules, fact) is None and fact.id not in taken:
                keys = self.rules.admitted(fact.keys)
                identities = tuple((space, value) for space, _, value in (key.partition("|") for key in keys))
                taken[fact.id] = replace(fact, identities=identities)
        return tuple(taken.values())

    def moved_to(self, prefix: str) -> History:
        """Return the same history among identities and fact ids of its own (blocked values stay what they are)."""

        def key(text: str) -> str:
            space, _, value = text.partition("|")
            return f"{space}|{prefix}{value}"

        def pairs(many: Iterable[Pair]) -> frozenset[Pair]:
            return frozenset(pair_of(key(a), key(b)) for a, b in many)

        def move(fact: Statement) -> Statement:
            own = tuple((space, value if value == BLOCKED else prefix + value) for space, value in fact.identities)
            return replace(fact, id=prefix + fact.id, identities=own)

        decided = self.decisions
        return replace(
            self,
            batches=tuple(tuple(move(fact) for fact in batch) for batch in self.batches),
            decisions=Decisions(
                cut=pairs(decided.cut),
                pinned=pairs(decided.pinned),
                rekeyed={key(old): key(new) for old, new in decided.rekeyed.items()},
                quarantined=frozenset(map(key, decided.quarantined)),
            ),
        )


@st.composite
def rule_sets(draw: st.DrawFn, policies: Sequence[Policy] = POLICIES) -> Rules:
    """Return rules with one or two unique namespaces at least, people's before things', and often a tiny cap.

    Args:
        draw: hypothesis's.
        policies: one of these.
    """
    policy = draw(st.sampled_from(policies))
    people = draw(st.lists(st.sampled_from(_PEOPLE), min_size=1, max_size=4, unique=True))
    needs_thing = len(people) == 1 or policy in _OF_VISITS
    things = draw(st.lists(st.sampled_from(_THINGS), min_size=int(needs_thing), max_size=2, unique=True))
    if not any(space.max_values for space in (*people, *things)):
        people = [_PEOPLE[0], *people]
    return Rules(
        _ranked((*people, *things)),
        max_identities=draw(st.sampled_from((50, 50, 3, 4, 5))),
        policy=policy,
        visit_minutes=draw(st.sampled_from((30, 5, 15))),
    )


@st.composite
def other_rules(draw: st.DrawFn, rules: Rules, policies: Sequence[Policy] = POLICIES) -> Rules:
    """Return what the rules may become: another order, limit, cap or policy, a namespace less, a value blocked."""
    people = draw(st.permutations([space for space in rules.namespaces if space.kind == "person"]))
    things = draw(st.permutations([space for space in rules.namespaces if space.kind != "person"]))
    spaces = [*people, *things]
    if len(spaces) > 2 and draw(st.integers(0, 3)) == 0:
        spaces.pop(draw(st.integers(0, len(spaces) - 1)))
    for number in draw(st.lists(st.integers(0, len(spaces) - 1), min_size=1, max_size=3)):
        spaces[number] = replace(spaces[number], max_values=draw(st.sampled_from((1, 2, None))))
    if draw(st.integers(0, 3)) == 0:
        stopped = draw(st.integers(0, len(spaces) - 1))
        spaces[stopped] = replace(
            spaces[stopped], blocked=spaces[stopped].blocked | {draw(st.sampled_from(("ben", "noa é")))}
        )
    return Rules(
        _ranked(spaces),
        max_identities=draw(st.sampled_from((50, 3, 4))),
        policy=draw(st.sampled_from(policies)),
        visit_minutes=draw(st.sampled_from((30, 5, 15))),
    )


def _ranked(spaces: Iterable[Namespace]) -> tuple[Namespace, ...]:
    return tuple(replace(space, priority=rank) for rank, space in enumerate(spaces, start=1))


@st.composite
def statements(draw: st.DrawFn, rules: Rules, number: int, values: list[str], minutes: int) -> Statement:
    """Return one fact: mostly one of the values each of one to three namespaces, now and then one to refuse.

    Where anonymous facts move, a third of all carry one thing and nothing else, and a third are plain logins.
    """
    ts = START + timedelta(minutes=draw(st.integers(0, minutes)))
    if rules.policy in _OF_VISITS and (plain := draw(st.integers(0, 5))) < 4:
        things = [space for space in rules.namespaces if space.kind != "person"]
        named = [(draw(st.sampled_from(things)).name, draw(st.sampled_from(values[:2])))]
        if plain < 2:
            people = [space for space in rules.namespaces if space.kind == "person"]
            named.append((draw(st.sampled_from(people)).name, draw(st.sampled_from(values))))
        return Statement(id=_ID_STARTS[number % 3] + str(number), ts=ts, identities=tuple(named))
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
    elif odd in (4, 5, 6) and (several := [space for space in spaces if space.max_values != 1]):
        identities.append((several[0].name, draw(st.sampled_from(values))))
    return Statement(id=_ID_STARTS[number % 3] + str(number), ts=ts, identities=tuple(identities))


@st.composite
def facts_under(
    draw: st.DrawFn, rules: Rules, *, max_facts: int = 18, among: Sequence[str] = VALUES
) -> tuple[Statement, ...]:
    """Return facts with ids of their own, in no particular order of time."""
    count = draw(st.integers(2, max_facts))
    numbers = draw(st.permutations(range(count)))
    values = draw(st.lists(st.sampled_from(among), min_size=2, max_size=4, unique=True))
    # In nine minutes many times are equal; in ninety there are gaps between visits.
    minutes = draw(st.sampled_from((9, 90)))
    return tuple(draw(statements(rules, number, values, minutes)) for number in numbers)


@st.composite
def decisions_about(draw: st.DrawFn, rules: Rules, facts: Sequence[Statement]) -> Decisions:
    """Return up to three cuts, two pins, one change of a person's key and one hub, among identities that occur.

    Pins that would break a limit by themselves are left out, as the engine refuses them.
    """
    sound = [rules.admitted(fact.keys) for fact in facts if refusal_of(rules, fact) is None]
    keys = sorted({key for each in sound for key in each}, key=rules.strength)
    together = sorted({pair_of(a, b) for each in sound for a in each for b in each if a != b})
    any_two = [pair_of(a, b) for a in keys for b in keys if a < b]
    if not any_two:
        return NOTHING_DECIDED
    rekeyed: dict[str, str] = {}
    same = [(a, b) for a in keys for b in keys if a != b and rules.of(a) == rules.of(b) and rules.is_person(a)]
    if draw(st.booleans()) and same:
        old, new = draw(st.sampled_from(same))
        rekeyed[old] = new
    pinned = {pair_of(old, new) for old, new in rekeyed.items()}
    likely = together if draw(st.booleans()) and together else any_two
    for pair in draw(st.lists(st.sampled_from(likely), max_size=2)):
        more = pinned | {pair}
        if rules.violated(component(pair[0], more), rekeyed) is None:
            pinned = more
    cut = set(draw(st.lists(st.sampled_from(together), max_size=3))) if together else set()
    hubs = [draw(st.sampled_from(keys))] if draw(st.integers(0, 2)) == 0 else []
    return Decisions(frozenset(cut - pinned), frozenset(pinned), rekeyed, frozenset(hubs))


@st.composite
def arrivals(
    draw: st.DrawFn, rules: Rules, facts: tuple[Statement, ...], decisions: Decisions = NOTHING_DECIDED
) -> History:
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
    return History(rules, batches, decisions)


@st.composite
def histories(
    draw: st.DrawFn,
    policies: Sequence[Policy] = POLICIES,
    *,
    max_facts: int = 18,
    decided: bool = False,
    among: Sequence[str] = VALUES,
) -> History:
    """Return a history under generated rules.

    Args:
        draw: hypothesis's.
        policies: the rules have one of these.
        max_facts: at most so many facts, repeats apart.
        decided: half of the histories come with decisions of a person.
        among: values that identities may have.
    """
    rules = draw(rule_sets(policies))
    facts = draw(facts_under(rules, max_facts=max_facts, among=among))
    decisions = draw(decisions_about(rules, facts)) if decided and draw(st.booleans()) else NOTHING_DECIDED
    return draw(arrivals(rules, facts, decisions))


@st.composite
def two_arrivals(
    draw: st.DrawFn, policies: Sequence[Policy] = POLICIES, *, among: Sequence[str] = VALUES
) -> tuple[History, History]:
    """Return the same facts arriving in two ways, nothing changed under way."""
    rules = draw(rule_sets(policies))
    facts = draw(facts_under(rules, among=among))
    first, second = draw(arrivals(rules, facts)), draw(arrivals(rules, facts))
    return _unchanged(first), _unchanged(second)


@st.composite
def rule_changes(draw: st.DrawFn, policies: Sequence[Policy] = POLICIES) -> tuple[History, Rules]:
    """Return a history with decisions, and the rules that are put in force after it."""
    history = draw(histories(policies, decided=True))
    return history, draw(other_rules(history.rules, policies))


def _unchanged(history: History) -> History:
    return replace(
        history, batches=tuple(tuple(replace(fact, content="") for fact in batch) for batch in history.batches)
    )
