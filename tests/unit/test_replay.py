"""The replay of facts: every worked example, policy by policy, and what may be asked of it beside profiles."""

from __future__ import annotations

import dataclasses
import random

import pytest

from graphcdp.base import InvalidInputError
from graphcdp.identity.replay.replay import (
    Decisions,
    Link,
    Occurrence,
    Outcome,
    Replay,
    Seen,
    key_order,
    pair,
    replay,
)
from graphcdp.identity.rules.files import RuleSet, parse_rules
from tests.make import at

RULES = """
policy: {policy}
max_identities: {cap}
namespaces:
  - {{name: crm_id, kind: person, unique: true}}
  - {{name: login, kind: person}}
  - {{name: email, kind: person, unique: true}}
  - {{name: phone, kind: person, max_values: 2}}
  - {{name: device_id, kind: device}}
  - {{name: ecid, kind: cookie}}
"""
NAMES = {"c": "crm_id", "l": "login", "m": "email", "p": "phone", "d": "device_id", "e": "ecid"}


def rules(policy: str = "last_login", cap: int = 50) -> RuleSet:
    return parse_rules(RULES.format(policy=policy, cap=cap))


def k(short: str) -> str:
    """Return the key of a short name: `c:ana` is crm_id|ana, `e:1` is ecid|1."""
    kind, _, value = short.partition(":")
    return f"{NAMES[kind]}|{value}"


def history(*lines: str, minutes: float = 1) -> list[Seen]:
    """Return one fact a line, its identities apart by spaces, a minute apart, ids 01, 02, …; `+90` first waits."""
    facts, minute = [], 0.0
    for number, line in enumerate(lines, start=1):
        words = line.split()
        minute += float(words.pop(0)[1:]) if words[0].startswith("+") else minutes
        facts.append(Seen(at(minute), f"{number:02}", tuple(map(k, words))))
    return facts


def groups(outcome: Outcome) -> set[str]:
    """Return profiles as short names: `c:ana e:1`."""
    back = {name: short for short, name in NAMES.items()}

    def shorter(key: str) -> str:
        name, _, value = key.partition("|")
        return f"{back[name]}:{value}"

    return {" ".join(map(shorter, profile)) for profile in outcome.profiles}


LOGINS = ("c:ana l:1", "c:ana l:2", "l:1 e:1", "c:ben l:3", "c:ben l:4", "l:3 e:2", "l:3 e:1")


@pytest.mark.parametrize(
    ("policy", "lines", "expected"),
    [
        ("last_login", ("c:ana e:1", "c:ben e:1"), {"c:ana", "c:ben e:1"}),
        ("session", ("c:ana e:1", "c:ben e:1"), {"c:ana", "c:ben e:1"}),
        ("first_owner", ("c:ana e:1", "c:ben e:1"), {"c:ana e:1", "c:ben"}),
        ("nobody", ("c:ana e:1", "c:ben e:1"), {"c:ana", "c:ben", "e:1"}),
        ("last_login", LOGINS, {"c:ana l:1 l:2", "c:ben l:3 l:4 e:1 e:2"}),
        ("last_login", ("c:ana l:1", "c:ana l:2", "l:1 e:1", "l:3 e:1"), {"c:ana l:1 l:2 l:3 e:1"}),
        (
            "last_login",
            ("c:ana l:1", "c:ana l:2", "l:1 e:1", "l:3 e:1", "c:ben l:3"),
            {"c:ana l:1 l:2", "c:ben l:3 e:1"},
        ),
        ("last_login", ("c:ana m:a", "c:ana e:1", "m:b e:1"), {"c:ana m:a", "m:b e:1"}),
        ("last_login", ("c:ana e:1", "c:ben e:2", "c:ana m:t", "c:ben m:t"), {"c:ana e:1", "c:ben m:t e:2"}),
        ("last_login", ("c:old m:a", "c:old e:1", "c:new m:a"), {"c:old e:1", "c:new m:a"}),
        ("first_owner", ("c:abc123 m:jane", "c:abc456 m:jane"), {"c:abc123 m:jane", "c:abc456"}),
        ("last_login", ("c:ana p:1 m:a", "c:ben p:1"), {"c:ana m:a", "c:ben p:1"}),
        ("nobody", ("c:ana d:1 e:1", "c:ben d:1"), {"c:ana e:1", "c:ben", "d:1"}),
        ("nobody", ("c:ana e:1", "e:1 e:2", "c:ben e:2"), {"c:ana e:1", "c:ben e:2"}),
    ],
)
def test_worked_examples(policy: str, lines: tuple[str, ...], expected: set[str]) -> None:
    assert groups(replay(rules(policy), history(*lines))) == expected


def test_facts_in_any_order_and_stepwise_give_the_same() -> None:
    facts = history(*LOGINS)
    forward = replay(rules(), facts)
    assert replay(rules(), reversed(facts)) == forward
    player = Replay(rules())
    for fact in facts:
        player.take(fact)
    assert player.outcome() == forward
    with pytest.raises(InvalidInputError, match="in order"):
        player.take(facts[0])


def test_links_count_their_sightings_and_say_what_became_of_them() -> None:
    outcome = replay(rules(), history("c:ana e:1", "c:ana e:1", "c:ben e:1", "c:ana e:2"))
    assert outcome.links == {
        (k("c:ana"), k("e:1")): Link(at(1), at(2), 2, "suppressed", "unique:crm_id", "03"),
        (k("c:ben"), k("e:1")): Link(at(3), at(3), 1, "active"),
        (k("c:ana"), k("e:2")): Link(at(4), at(4), 1, "active"),
    }
    back = replay(rules(), history("c:ana e:1", "c:ana e:1", "c:ben e:1", "c:ana e:1"))
    assert back.links[k("c:ana"), k("e:1")] == Link(at(1), at(4), 3, "active")


def test_ties_in_time_are_played_by_id_and_keys_by_utf_16() -> None:
    astral, private = "\U0001f600", "\ue000"  # UTF-16 puts the first one before the second, code points after
    assert key_order(astral) < key_order(private)
    assert pair(f"ecid|{private}", f"ecid|{astral}") == (f"ecid|{astral}", f"ecid|{private}")
    tied = [Seen(at(0), private, (k("c:ben"), k("e:1"))), Seen(at(0), astral, (k("c:ana"), k("e:1")))]
    assert groups(replay(rules(), tied)) == {"c:ana", "c:ben e:1"}


def test_the_founder_is_the_strongest_then_the_first_seen_then_the_smallest() -> None:
    outcome = replay(rules(), history("e:2", "l:z e:1", "l:a e:2", "l:z l:a", "c:late l:a", "c:other"))
    assert set(outcome.founders.values()) == {k("c:late"), k("c:other")}
    early = replay(rules(), history("e:2", "l:z e:1", "l:a e:2", "l:z l:a"))
    assert set(early.founders.values()) == {k("l:z")}
    tied = replay(rules(), history("l:z l:a"))
    assert set(tied.founders.values()) == {k("l:a")}


def test_until_stops_the_replay_with_that_instant() -> None:
    facts = history("c:ana e:1", "c:ben e:1")
    assert groups(replay(rules(), facts, until=at(1))) == {"c:ana e:1"}
    assert groups(replay(rules(), facts, until=at(2))) == {"c:ana", "c:ben e:1"}
    assert replay(rules(), facts, until=at(0)).profiles == ()


def test_unknown_namespaces_are_left_out_and_keys_sorted_by_these_rules() -> None:
    fact = Seen(at(0), "1", ("ecid|1", "fax|9", "crm_id|ana"))
    outcome = replay(rules(), [fact, Seen(at(1), "2", ("fax|9",))])
    assert outcome.profiles == (("crm_id|ana", "ecid|1"),)
    assert outcome.bearers == {"1": "crm_id|ana"}


def test_a_cut_holds_at_every_instant_and_a_pin_too() -> None:
    facts = history("c:ana e:1", "m:a e:1", "c:ana m:a")
    cut = Decisions(cut=frozenset({pair(k("c:ana"), k("e:1"))}))
    outcome = replay(rules(), facts, cut)
    assert outcome.links[pair(k("c:ana"), k("e:1"))] == Link(at(1), at(1), 1, "cut")
    assert groups(outcome) == {"c:ana m:a e:1"}  # by way of the email
    pinned = Decisions(pinned=frozenset({pair(k("c:ana"), k("e:1"))}))
    shared = history("c:ana e:1", "c:ben e:1")
    assert groups(replay(rules(), shared, pinned)) == {"c:ana e:1", "c:ben"}
    assert groups(replay(rules("nobody"), shared, pinned)) == {"c:ana e:1", "c:ben"}
    assert groups(replay(rules("first_owner"), history("c:ben e:1", "c:ana e:1"), pinned)) == {"c:ana e:1", "c:ben"}
    both = Decisions(cut=pinned.pinned, pinned=pinned.pinned)
    assert groups(replay(rules(), history("c:ana e:1"), both)) == {"c:ana", "e:1"}


def test_a_pin_joins_what_no_fact_showed_together() -> None:
    pinned = Decisions(pinned=frozenset({pair(k("e:1"), k("e:2"))}))
    outcome = replay(rules(), history("c:ana e:1", "e:2"), pinned)
    assert groups(outcome) == {"c:ana e:1 e:2"}
    assert outcome.links[k("e:1"), k("e:2")] == Link(None, None, 0, "pinned")
    alone = replay(rules(), history("c:ana e:1"), pinned)
    assert groups(alone) == {"c:ana e:1"}
    assert (k("e:1"), k("e:2")) not in alone.links


def test_a_pin_to_a_value_that_is_blocked_sleeps() -> None:
    pins = Decisions(pinned=frozenset({pair(k("l:1"), k("p:0")), pair(k("m:a"), k("p:0"))}))
    facts = history("l:1 e:1", "m:a e:2")
    open_to_all = rules()
    assert groups(replay(open_to_all, facts, pins)) == {"l:1 m:a e:1 e:2"}
    phones = dataclasses.replace(open_to_all.namespaces["phone"], blocked=frozenset({"0"}))
    blocking = dataclasses.replace(open_to_all, namespaces={**open_to_all.namespaces, "phone": phones})
    assert groups(replay(blocking, facts, pins)) == {"l:1 e:1", "m:a e:2"}


def test_rekeyed_values_count_as_one() -> None:
    facts = history("c:old m:a", "c:new m:a")
    said = Decisions(rekeyed={k("c:old"): k("c:new")}, pinned=frozenset({pair(k("c:old"), k("c:new"))}))
    assert groups(replay(rules(), facts)) == {"c:old", "c:new m:a"}
    assert groups(replay(rules(), facts, said)) == {"c:new c:old m:a"}
    assert replay(rules(), history("c:old c:new e:1"), said).refused == {}


def test_a_hub_makes_no_link_but_its_pins() -> None:
    hub = Decisions(quarantined=frozenset({k("e:1")}))
    outcome = replay(rules(), history("c:ana e:1", "c:ana m:a e:1"), hub)
    assert groups(outcome) == {"c:ana m:a", "e:1"}
    assert outcome.links[k("c:ana"), k("e:1")] == Link(at(1), at(2), 2, "suppressed", "hub", None)
    pinned = Decisions(quarantined=hub.quarantined, pinned=frozenset({pair(k("c:ana"), k("e:1"))}))
    assert groups(replay(rules(), history("c:ana e:1", "m:a e:1"), pinned)) == {"c:ana e:1", "m:a"}
    crowd = parse_rules("max_links: 10\n" + RULES.format(policy="last_login", cap=50))
    seen = replay(crowd, history(*(f"l:{n} e:1" for n in range(11))))
    assert seen.crowded == {k("e:1")}
    assert replay(crowd, history(*(f"l:{n} e:1" for n in range(10)))).crowded == frozenset()


def test_the_cap_evicts_cookies_then_devices_then_people_the_longest_unseen_first() -> None:
    lines = ("c:ana e:1", "c:ana d:1", "c:ana e:2", "c:ana e:1", "c:ana l:1")
    outcome = replay(rules(cap=4), history(*lines))
    assert groups(outcome) == {"c:ana l:1 d:1 e:1", "e:2"}
    assert outcome.links[k("c:ana"), k("e:2")] == Link(at(3), at(3), 1, "retired", "cap", "05")
    assert groups(replay(rules(cap=2), history(*lines))) == {"c:ana l:1", "d:1", "e:1", "e:2"}
    again = replay(rules(cap=2), history("c:ana e:1", "c:ana e:2", "c:ana e:1"))
    assert groups(again) == {"c:ana e:1", "e:2"}


def test_a_stored_fact_that_breaks_a_limit_shows_its_identities_and_no_link() -> None:
    outcome = replay(rules(), history("c:ana c:ben e:1", "c:ana e:1"))
    assert outcome.refused == {"01": "unique:crm_id"}
    assert groups(outcome) == {"c:ana e:1", "c:ben"}
    assert outcome.links[k("c:ben"), k("e:1")] == Link(None, None, 0, "suppressed", "unique:crm_id", "01")
    assert outcome.links[k("c:ana"), k("e:1")] == Link(at(2), at(2), 1, "active")
    assert outcome.bearers == {"01": k("c:ana"), "02": k("c:ana")}


def test_first_owner_drops_the_weakest_until_nothing_breaks() -> None:
    outcome = replay(rules("first_owner"), history("c:ana m:a e:1", "c:ben m:a e:1", "c:ana e:1"))
    assert groups(outcome) == {"c:ana m:a e:1", "c:ben"}
    lost = outcome.links[k("c:ben"), k("m:a")]
    assert (lost.state, lost.because, lost.by_event) == ("suppressed", "unique:crm_id", "02")
    kept = outcome.links[pair(k("m:a"), k("e:1"))]
    assert (kept.state, kept.count) == ("active", 2)


def test_nobody_shares_a_device_for_ever_and_says_why() -> None:
    outcome = replay(rules("nobody"), history("c:ana e:1", "c:ben e:1", "c:ana e:1", "m:x e:1", "d:1 e:1"))
    assert groups(outcome) == {"c:ana", "c:ben", "m:x", "d:1", "e:1"}
    assert {(link.state, link.because, link.by_event) for link in outcome.links.values()} == {
        ("suppressed", "shared:crm_id", "02")
    }


VISITS = ("e:1", "+10 c:ana e:1", "+100 e:1", "+100 c:ben e:1", "+10 e:1", "+10 c:ana e:1", "+10 e:1", "+100 e:1")


@pytest.mark.parametrize(
    ("policy", "owners"),
    [
        ("last_login", {"01": "e:1", "03": "e:1", "05": "e:1", "07": "e:1", "08": "e:1"}),
        ("session", {"01": "c:ana", "03": "c:ana", "05": "c:ben", "07": "c:ana", "08": "c:ana"}),
        ("nobody", {"01": "c:ana", "03": "c:ana", "05": "e:1", "07": "e:1", "08": "e:1"}),
    ],
)
def test_what_anonymous_events_hang_on(policy: str, owners: dict[str, str]) -> None:
    outcome = replay(rules(policy), history(*VISITS))
    assert {event: outcome.bearers[event] for event in owners} == {event: k(key) for event, key in owners.items()}
    assert {outcome.bearers[event] for event in ("02", "06")} == {k("c:ana")}
    assert outcome.bearers["04"] == k("c:ben")


def test_a_visit_before_the_first_login_waits_for_it_and_a_device_nobody_logs_in_on_keeps_its_events() -> None:
    outcome = replay(rules("session"), history("e:1", "+100 e:1", "+100 c:ana e:1", "+100 e:2"))
    assert outcome.bearers == {"01": k("c:ana"), "02": k("c:ana"), "03": k("c:ana"), "04": k("e:2")}


def test_an_anonymous_event_with_two_things_follows_the_stronger() -> None:
    outcome = replay(rules("session"), history("c:ana d:1", "d:1 e:1", "c:ben e:1", "d:1 e:1"))
    assert (outcome.bearers["02"], outcome.bearers["04"]) == (k("c:ana"), k("c:ana"))


@pytest.mark.parametrize("policy", ["session", "nobody"])
def test_what_is_done_on_a_hub_hangs_on_it(policy: str) -> None:
    facts = history("c:ana e:1", "e:1", "+100 c:ben e:1", "e:1")
    outcome = replay(rules(policy), facts, Decisions(quarantined=frozenset({k("e:1")})))
    assert outcome.bearers == {"01": k("c:ana"), "02": k("e:1"), "03": k("c:ben"), "04": k("e:1")}


def test_a_device_shared_by_a_fact_that_does_not_carry_it() -> None:
    lines = ("l:1 e:1", "e:1", "+100 l:2 e:1", "e:1", "c:ana l:1", "+100 e:1", "c:ben l:2", "+100 e:1")
    outcome = replay(rules("nobody"), history(*lines))
    assert groups(outcome) == {"c:ana l:1", "c:ben l:2", "e:1"}
    assert outcome.links[pair(k("l:1"), k("e:1"))].by_event == "07"
    # 07 falls before the visit of 08: that visit is the device's, those before hang on the latest login.
    assert [outcome.bearers[event] for event in ("02", "04", "06", "08")] == [k("l:2"), k("l:2"), k("l:2"), k("e:1")]


def told(outcome: Outcome) -> list[tuple[str, str | None, tuple[str, ...]]]:
    return [(each.kind, each.fact_id, each.keys) for each in outcome.occurrences]


def test_occurrences_tell_joins_splits_and_returns_in_order() -> None:
    facts = history("c:ana", "c:ana e:1", "c:ana e:1", "c:ben e:1", "c:ana e:1")
    outcome = replay(rules(), facts, occurrences=True)
    assert told(outcome) == [
        ("created", "01", (k("c:ana"),)),
        ("joined", "02", (k("c:ana"), k("e:1"))),
        ("joined", "04", (k("e:1"), k("c:ben"))),
        ("suppressed", "04", (k("c:ana"), k("e:1"))),
        ("split", "04", (k("c:ana"), k("e:1"))),
        ("joined", "05", (k("c:ana"), k("e:1"))),
        ("returned", "05", (k("c:ana"), k("e:1"))),
        ("suppressed", "05", (k("c:ben"), k("e:1"))),
        ("split", "05", (k("c:ben"), k("e:1"))),
    ]
    split = outcome.occurrences[4]
    assert split.because == "unique:crm_id"
    assert split.before == ((k("c:ana"), k("e:1")),)
    assert split.after == ((k("c:ana"),), (k("c:ben"), k("e:1")))
    assert replay(rules(), facts).occurrences == ()


def test_occurrences_tell_sharing_evictions_and_hubs() -> None:
    shared = replay(rules("nobody"), history("c:ana e:1", "c:ben e:1"), occurrences=True)
    assert told(shared)[1:] == [
        ("created", "02", (k("c:ben"),)),
        ("shared", "02", (k("e:1"),)),
        ("suppressed", "02", (k("c:ana"), k("e:1"))),
        ("suppressed", "02", (k("c:ben"), k("e:1"))),
        ("split", "02", (k("c:ana"), k("e:1"))),
    ]
    capped = replay(rules(cap=2), history("c:ana e:1", "c:ana e:2"), occurrences=True)
    assert capped.occurrences[-1] == Occurrence(
        at(2), "02", "evicted", (k("e:1"),), "cap",
        ((k("c:ana"), k("e:1"), k("e:2")),), ((k("c:ana"), k("e:2")), (k("e:1"),)),
    )  # fmt: skip
    hub = replay(
        rules(), history("c:ana e:1"), Decisions(quarantined=frozenset({k("e:1")})), occurrences=True
    ).occurrences
    assert [(each.kind, each.because) for each in hub] == [("created", None), ("created", None), ("suppressed", "hub")]


@pytest.mark.parametrize("policy", ["last_login", "first_owner", "nobody", "session"])
def test_occurrences_carry_the_partition_from_beginning_to_end(policy: str) -> None:
    """What is told, applied in order, is what came out; and telling changes nothing."""
    chance = random.Random(4)
    names = ["c:a", "c:b", "l:a", "l:b", "m:a", "m:b", "d:1", "e:1", "e:2"]
    for _ in range(200):
        facts = history(*(" ".join(chance.sample(names, chance.choice((1, 2, 2, 3)))) for _ in range(10)))
        outcome = replay(rules(policy, cap=4), facts, occurrences=True)
        silent = replay(rules(policy, cap=4), facts)
        assert (silent.profiles, silent.links, silent.bearers) == (outcome.profiles, outcome.links, outcome.bearers)
        standing: set[tuple[str, ...]] = set()
        for each in outcome.occurrences:
            if each.kind in ("created", "joined", "split", "evicted"):
                touched = {key for profile in each.after for key in profile}
                standing = {profile for profile in standing if touched.isdisjoint(profile)} | set(each.after)
        assert standing == set(outcome.profiles)


def test_a_profile_never_breaks_a_limit_or_the_cap_and_parts_are_their_links() -> None:
    chance = random.Random(5)
    names = [f"c:{n}" for n in range(4)] + [f"m:{n}" for n in range(4)] + [f"p:{n}" for n in range(5)] + ["d:1", "e:1"]
    for policy in ("last_login", "first_owner", "nobody", "session"):
        for _ in range(100):
            facts = history(*(" ".join(chance.sample(names, chance.choice((2, 2, 3)))) for _ in range(15)))
            outcome = replay(rules(policy, cap=5), facts)
            for profile in outcome.profiles:
                assert len(profile) <= 5
                for name, most in (("crm_id", 1), ("email", 1), ("phone", 2)):
                    assert sum(key.startswith(f"{name}|") for key in profile) <= most
            joined = {key: profile for profile in outcome.profiles for key in profile}
            for (a, b), link in outcome.links.items():
                assert link.state != "active" or joined[a] is joined[b]
                assert (link.because is None) == (link.state == "active")
