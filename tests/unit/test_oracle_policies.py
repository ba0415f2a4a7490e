"""The oracle under each policy, and under people's decisions: the outcomes that the specifications work out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.oracle import Answer, Decisions, Namespace, Policy, Rules, Shared, hubs, judge, replay
from tests.unit.test_oracle import CRM, DEVICE, ECID, EMAIL, LOGIN, LOGINS, NOON, profiles, said, state

pytestmark = pytest.mark.unit

POLICIES: tuple[Policy, ...] = ("last_login", "first_owner", "nobody", "session")
TABLET = (
    "ecid|tablet",
    "crm_id|kim ecid|tablet",
    "crm_id|noa ecid|tablet",
    "ecid|tablet",
    "crm_id|kim ecid|tablet",
)


def owners(answer: Answer) -> list[str]:
    """Return whose each fact is, in order: the value of the founder of the profile that holds its bearer."""
    return [answer.founder_of(answer.owners[fact]).split("|")[1] for fact in sorted(answer.owners)]


@pytest.mark.parametrize(
    ("policy", "held", "whose"),
    [
        ("last_login", {"crm_id|kim ecid|tablet", "crm_id|noa"}, ["kim", "kim", "noa", "kim", "kim"]),
        ("first_owner", {"crm_id|kim ecid|tablet", "crm_id|noa"}, ["kim", "kim", "noa", "kim", "kim"]),
        ("session", {"crm_id|kim ecid|tablet", "crm_id|noa"}, ["kim", "kim", "noa", "noa", "kim"]),
        ("nobody", {"crm_id|kim", "crm_id|noa", "ecid|tablet"}, ["tablet", "kim", "noa", "tablet", "kim"]),
    ],
)
def test_the_tablet_under_each_policy(policy: Policy, held: set[str], whose: list[str]) -> None:
    answer = replay(Rules((CRM, ECID), policy=policy), said(*TABLET))
    assert (profiles(answer), owners(answer)) == (held, whose)


def test_the_tablet_before_kim_is_back() -> None:
    """Who had it last, who had it first, whoever used it, nobody."""
    whose = {policy: owners(replay(Rules((CRM, ECID), policy=policy), said(*TABLET[:4]))) for policy in POLICIES}
    assert whose == {
        "last_login": ["noa", "kim", "noa", "noa"],
        "first_owner": ["kim", "kim", "noa", "kim"],
        "session": ["kim", "kim", "noa", "noa"],
        "nobody": ["tablet", "kim", "noa", "tablet"],
    }


def test_a_shared_tablet_keeps_what_was_done_on_it_in_earlier_visits() -> None:
    """Kim's visit, then one without a login, then noa's, an hour apart: only in noa's it turns out to be shared."""
    rules = Rules((CRM, ECID), policy="nobody")
    story = said(*TABLET[:2], "ecid|tablet", *TABLET[2:4], "ecid|tablet")
    spread = [replace(fact, ts=fact.ts + timedelta(hours=(0, 0, 1, 2, 2, 3)[n])) for n, fact in enumerate(story)]
    answer = replay(rules, spread)
    assert owners(answer) == ["kim", "kim", "kim", "noa", "tablet", "tablet"]
    assert answer.lent == {"f1": "ecid|tablet", "f3": "ecid|tablet"}
    assert state(answer, "crm_id|kim", "ecid|tablet") == ("suppressed", "shared:crm_id", "f4")
    assert answer.shared == {"ecid|tablet": Shared("crm_id", "f4")}


def test_a_session_looks_first_in_its_visit_then_before_then_after() -> None:
    rules = Rules((CRM, ECID), policy="session", visit_minutes=5)
    texts = ("ecid|t", "crm_id|ana ecid|t", "ecid|t", "ecid|t", "crm_id|ben ecid|t", "ecid|t")
    minutes = (0, 10, 15, 21, 26, 32)
    facts = [replace(fact, ts=NOON + timedelta(minutes=at)) for fact, at in zip(said(*texts), minutes, strict=True)]
    # f1: nobody in its visit nor before, ana after; f3 ana in its visit; f4 ben later in its visit; f6 ben before.
    assert [replay(rules, facts).owners[f"f{n}"] for n in (1, 3, 4, 6)] == [
        "crm_id|ana", "crm_id|ana", "crm_id|ben", "crm_id|ben",
    ]  # fmt: skip
    assert replay(rules, facts[:1]).owners == {"f1": "ecid|t"}


@pytest.mark.parametrize(
    ("policy", "held"),
    [
        ("last_login", {"crm_id|ana login|L1 login|L2", "crm_id|ben ecid|e1 ecid|e2 login|L3 login|L4"}),
        ("session", {"crm_id|ana login|L1 login|L2", "crm_id|ben ecid|e1 ecid|e2 login|L3 login|L4"}),
        ("first_owner", {"crm_id|ana ecid|e1 login|L1 login|L2", "crm_id|ben ecid|e2 login|L3 login|L4"}),
        ("nobody", {"crm_id|ana login|L1 login|L2", "crm_id|ben ecid|e2 login|L3 login|L4", "ecid|e1"}),
    ],
)
def test_logins_under_each_policy(policy: Policy, held: set[str]) -> None:
    assert profiles(replay(Rules((CRM, LOGIN, ECID), policy=policy), said(*LOGINS))) == held


@pytest.mark.parametrize("policy", POLICIES)
def test_a_dangling_login_joins_under_each_policy(policy: Policy) -> None:
    facts = said("crm_id|ana login|L1", "crm_id|ana login|L2", "login|L1 ecid|e1", "login|L3 ecid|e1")
    answer = replay(Rules((CRM, LOGIN, ECID), policy=policy), facts)
    assert profiles(answer) == {"crm_id|ana ecid|e1 login|L1 login|L2 login|L3"}


@pytest.mark.parametrize(
    ("policy", "held"),
    [
        ("last_login", {"crm_id|ana email|a@x", "ecid|e1 email|b@x"}),
        ("first_owner", {"crm_id|ana ecid|e1 email|a@x", "email|b@x"}),
        ("nobody", {"crm_id|ana email|a@x", "email|b@x", "ecid|e1"}),
    ],
)
def test_member_and_guest_under_each_policy(policy: Policy, held: set[str]) -> None:
    member = said("crm_id|ana email|a@x", "crm_id|ana ecid|e1", "email|b@x ecid|e1")
    assert profiles(replay(Rules((CRM, EMAIL, ECID), policy=policy), member)) == held


@pytest.mark.parametrize(
    ("policy", "held"),
    [
        ("last_login", {"crm_id|ana ecid|e1", "crm_id|ben ecid|e2 email|test@test"}),
        ("first_owner", {"crm_id|ana ecid|e1 email|test@test", "crm_id|ben ecid|e2"}),
        ("nobody", {"crm_id|ana ecid|e1", "crm_id|ben ecid|e2 email|test@test"}),
    ],
)
def test_a_bogus_email_under_each_policy(policy: Policy, held: set[str]) -> None:
    facts = said("crm_id|ana ecid|e1", "crm_id|ben ecid|e2", "crm_id|ana email|test@test", "crm_id|ben email|test@test")
    assert profiles(replay(Rules((CRM, EMAIL, ECID), policy=policy), facts)) == held


CHANGED_ID = ("crm_id|old email|a@x", "crm_id|old ecid|e1", "crm_id|new email|a@x")


@pytest.mark.parametrize(
    ("policy", "held"),
    [
        ("last_login", {"crm_id|new email|a@x", "crm_id|old ecid|e1"}),
        ("first_owner", {"crm_id|new", "crm_id|old ecid|e1 email|a@x"}),
        ("nobody", {"crm_id|new email|a@x", "crm_id|old ecid|e1"}),
    ],
)
def test_a_changed_person_id_splits_history_until_it_is_declared(policy: Policy, held: set[str]) -> None:
    rules = Rules((CRM, EMAIL, ECID), policy=policy)
    assert profiles(replay(rules, said(*CHANGED_ID))) == held
    told = Decisions(pinned=frozenset({("crm_id|new", "crm_id|old")}), rekeyed={"crm_id|old": "crm_id|new"})
    answer = replay(rules, said(*CHANGED_ID), told)
    assert profiles(answer) == {"crm_id|new crm_id|old ecid|e1 email|a@x"}
    assert {link.state for link in answer.links.values()} == {"active"}


def test_the_first_owner_keeps_the_email_as_segment_says() -> None:
    rules = Rules((CRM, EMAIL), policy="first_owner")
    answer = replay(rules, said("crm_id|abc123 email|jane@", "crm_id|abc456 email|jane@"))
    assert profiles(answer) == {"crm_id|abc123 email|jane@", "crm_id|abc456"}
    assert state(answer, "crm_id|abc456", "email|jane@") == ("suppressed", "unique:crm_id", "f2")


def test_the_first_owner_gives_up_no_more_than_needed() -> None:
    """The browser is ana's and goes; ben's own email stays with him."""
    rules = Rules((CRM, EMAIL, ECID), policy="first_owner")
    answer = replay(rules, said("crm_id|ana ecid|e1", "crm_id|ben email|b@x ecid|e1", "email|b@x ecid|e1"))
    assert profiles(answer) == {"crm_id|ana ecid|e1", "crm_id|ben email|b@x"}
    assert state(answer, "email|b@x", "ecid|e1") == ("suppressed", "unique:crm_id", "f3")


def test_a_thing_of_two_people_leaves_its_other_things_too() -> None:
    rules = Rules((CRM, ECID, DEVICE), policy="nobody")
    answer = replay(rules, said("ecid|e1 device_id|d1", "crm_id|ana ecid|e1", "crm_id|ben ecid|e1"))
    assert profiles(answer) == {"crm_id|ana", "crm_id|ben", "ecid|e1", "device_id|d1"}
    assert state(answer, "ecid|e1", "device_id|d1") == ("suppressed", "shared:crm_id", "f3")


def test_two_people_who_meet_through_two_things_share_neither_and_the_newer_evidence_holds() -> None:
    """Each thing was used by one of them only, so none is shared: the weakest link between them gives way."""
    rules = Rules((CRM, ECID, DEVICE), policy="nobody")
    answer = replay(rules, said("crm_id|ana ecid|e1", "crm_id|ben device_id|d1", "ecid|e1 device_id|d1"))
    assert answer.shared == {}
    assert profiles(answer) == {"crm_id|ana device_id|d1 ecid|e1", "crm_id|ben"}


def test_a_cut_holds_whatever_is_seen_and_a_pin_too() -> None:
    rules = Rules((CRM, ECID))
    cut = Decisions(cut=frozenset({("crm_id|kim", "ecid|tablet")}))
    answer = replay(rules, said(*TABLET), cut)
    assert profiles(answer) == {"crm_id|kim", "crm_id|noa ecid|tablet"}
    assert state(answer, "crm_id|kim", "ecid|tablet") == ("cut", None, None)
    assert answer.links["crm_id|kim", "ecid|tablet"].count == 2
    pin = Decisions(pinned=frozenset({("crm_id|noa", "ecid|tablet")}))
    answer = replay(rules, said(*TABLET), pin)
    assert profiles(answer) == {"crm_id|kim", "crm_id|noa ecid|tablet"}
    assert state(answer, "crm_id|noa", "ecid|tablet") == ("pinned", None, None)
    assert state(answer, "crm_id|kim", "ecid|tablet") == ("suppressed", "unique:crm_id", "f5")


def test_two_are_pinned_whom_no_fact_shows_together() -> None:
    pin = Decisions(pinned=frozenset({("crm_id|ana", "login|L1")}))
    answer = replay(Rules((CRM, LOGIN, ECID)), said("crm_id|ana ecid|e1", "login|L1"), pin)
    assert profiles(answer) == {"crm_id|ana ecid|e1 login|L1"}


def test_a_hub_links_nobody_but_whom_it_is_pinned_to() -> None:
    rules = Rules((CRM, ECID, DEVICE))
    facts = said("crm_id|ana ecid|e1 device_id|d1", "crm_id|ben ecid|e1")
    hub = Decisions(quarantined=frozenset({"ecid|e1"}))
    answer = replay(rules, facts, hub)
    assert profiles(answer) == {"crm_id|ana device_id|d1", "crm_id|ben", "ecid|e1"}
    assert state(answer, "crm_id|ana", "ecid|e1") == ("suppressed", "hub", None)
    pinned = replace(hub, pinned=frozenset({("crm_id|ben", "ecid|e1")}))
    assert profiles(replay(rules, facts, pinned)) == {"crm_id|ana device_id|d1", "crm_id|ben ecid|e1"}
    assert hubs(replay(rules, facts), 2) == {"ecid|e1"}


@pytest.mark.parametrize("policy", ["nobody", "session"])
def test_a_hub_lends_nothing(policy: Policy) -> None:
    hub = Decisions(quarantined=frozenset({"ecid|tablet"}))
    answer = replay(Rules((CRM, ECID), policy=policy), said(*TABLET), hub)
    assert answer.lent == {}
    assert owners(answer) == ["tablet", "kim", "noa", "tablet", "kim"]


def test_what_is_pinned_is_not_evicted() -> None:
    rules = Rules((CRM, ECID), max_identities=2)
    facts = said("crm_id|ana ecid|e1", "crm_id|ana ecid|e2")
    assert profiles(replay(rules, facts)) == {"ecid|e1", "crm_id|ana ecid|e2"}
    pin = Decisions(pinned=frozenset({("crm_id|ana", "ecid|e1")}))
    answer = replay(rules, facts, pin)
    assert profiles(answer) == {"ecid|e2", "crm_id|ana ecid|e1"}
    assert state(answer, "crm_id|ana", "ecid|e2") == ("retired", "cap", "f2")


def test_a_stored_fact_that_other_rules_refuse_makes_no_link() -> None:
    before = Rules((CRM, Namespace("login", "person", 2, max_values=2)))
    facts = said("crm_id|ana login|L1 login|L2", "crm_id|ana login|L1")
    assert profiles(replay(before, facts)) == {"crm_id|ana login|L1 login|L2"}
    answer = judge(Rules((CRM, Namespace("login", "person", 2, max_values=1))), facts)
    assert profiles(answer) == {"crm_id|ana login|L1", "login|L2"}
    assert answer.refused == {"f1": "unique:login"}
    assert answer.refused_pairs == {("crm_id|ana", "login|L2"): "f1", ("login|L1", "login|L2"): "f1"}
    assert answer.links["crm_id|ana", "login|L1"].count == 1
    assert profiles(judge(Rules((CRM,)), facts)) == {"crm_id|ana"}
