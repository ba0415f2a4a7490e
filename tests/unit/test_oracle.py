"""The oracle gives the outcomes that shared/identity.md section 1 and shared/design.md section 3 work out by hand."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest

from tests.oracle import (
    ACCEPTED,
    DUPLICATE,
    Answer,
    Namespace,
    Rules,
    Statement,
    replay,
)

pytestmark = pytest.mark.unit

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CRM = Namespace("crm_id", "person", 1, max_values=1)
LOGIN = Namespace("login", "person", 2)
EMAIL = Namespace("email", "person", 2, max_values=1)
ECID = Namespace("ecid", "cookie", 3, blocked=frozenset({"0"}))
DEVICE = Namespace("device_id", "device", 4)
PHONE = Namespace("phone", "person", 5, max_values=2)


def said(*facts: str) -> list[Statement]:
    """Return facts, one a minute from noon, each written as its keys with blanks between."""
    return [
        Statement(
            id=f"f{minute}",
            ts=NOON + timedelta(minutes=minute),
            identities=tuple((key.split("|")[0], key.split("|")[1]) for key in text.split()),
        )
        for minute, text in enumerate(facts, start=1)
    ]


def profiles(answer: Answer) -> set[str]:
    """Return the profiles, each as its keys with blanks between."""
    return {" ".join(sorted(profile)) for profile in answer.partition}


def state(answer: Answer, a: str, b: str) -> tuple[str, str | None, str | None]:
    """Return a link's state and what it was lost to."""
    link = answer.links[(a, b) if a < b else (b, a)]
    return link.state, link.because, link.by_event


def test_two_people_on_one_browser_leave_it_to_the_later() -> None:
    answer = replay(Rules((CRM, ECID)), said("crm_id|ana ecid|e1", "crm_id|ben ecid|e1"))
    assert profiles(answer) == {"crm_id|ana", "crm_id|ben ecid|e1"}
    assert state(answer, "crm_id|ana", "ecid|e1") == ("suppressed", "unique:crm_id", "f2")
    assert state(answer, "crm_id|ben", "ecid|e1") == ("active", None, None)


LOGINS = (
    "crm_id|ana login|L1",
    "crm_id|ana login|L2",
    "login|L1 ecid|e1",
    "crm_id|ben login|L3",
    "crm_id|ben login|L4",
    "login|L3 ecid|e2",
    "login|L3 ecid|e1",
)


def test_logins_keep_to_their_people_and_the_browser_moves() -> None:
    answer = replay(Rules((CRM, LOGIN, ECID)), said(*LOGINS))
    assert profiles(answer) == {"crm_id|ana login|L1 login|L2", "crm_id|ben ecid|e1 ecid|e2 login|L3 login|L4"}
    assert state(answer, "ecid|e1", "login|L1") == ("suppressed", "unique:crm_id", "f7")
    assert [link.state for link in answer.links.values()].count("active") == 6


def test_a_dangling_login_joins_until_its_owner_is_told_first() -> None:
    rules = Rules((CRM, LOGIN, ECID))
    dangling = said("crm_id|ana login|L1", "crm_id|ana login|L2", "login|L1 ecid|e1", "login|L3 ecid|e1")
    assert profiles(replay(rules, dangling)) == {"crm_id|ana ecid|e1 login|L1 login|L2 login|L3"}
    owned = said(
        "crm_id|ana login|L1", "crm_id|ana login|L2", "login|L1 ecid|e1", "crm_id|ben login|L3", "login|L3 ecid|e1"
    )
    assert profiles(replay(rules, owned)) == {"crm_id|ana login|L1 login|L2", "crm_id|ben ecid|e1 login|L3"}


def test_member_and_guest_on_one_browser() -> None:
    rules = Rules((CRM, EMAIL, ECID))
    member = said("crm_id|ana email|a@x", "crm_id|ana ecid|e1", "email|b@x ecid|e1")
    answer = replay(rules, member)
    assert profiles(answer) == {"crm_id|ana email|a@x", "ecid|e1 email|b@x"}
    assert state(answer, "crm_id|ana", "ecid|e1") == ("suppressed", "unique:email", "f3")
    without = said("crm_id|ana ecid|e1", "email|b@x ecid|e1")
    assert profiles(replay(rules, without)) == {"crm_id|ana ecid|e1 email|b@x"}


def test_a_bogus_email_stays_with_the_later_claim() -> None:
    rules = Rules((CRM, EMAIL, ECID))
    answer = replay(
        rules,
        said("crm_id|ana ecid|e1", "crm_id|ben ecid|e2", "crm_id|ana email|test@test", "crm_id|ben email|test@test"),
    )
    assert profiles(answer) == {"crm_id|ana ecid|e1", "crm_id|ben ecid|e2 email|test@test"}


def test_a_changed_person_id_takes_the_email_and_leaves_the_browser() -> None:
    answer = replay(
        Rules((CRM, EMAIL, ECID)), said("crm_id|old email|a@x", "crm_id|old ecid|e1", "crm_id|new email|a@x")
    )
    assert profiles(answer) == {"crm_id|new email|a@x", "crm_id|old ecid|e1"}


def test_a_tablet_handed_over_and_back() -> None:
    """What was done anonymously belongs to kim, then noa, then kim again; what was done logged in never moves."""
    rules = Rules((CRM, ECID))
    story = said(
        "ecid|tablet", "crm_id|kim ecid|tablet", "crm_id|noa ecid|tablet", "ecid|tablet", "crm_id|kim ecid|tablet"
    )

    def owner_of(answer: Answer, fact_id: str) -> str:
        return answer.founder_of(answer.owners[fact_id])

    kim, noa, back = replay(rules, story[:2]), replay(rules, story[:4]), replay(rules, story)
    assert owner_of(kim, "f1") == "crm_id|kim"
    assert [owner_of(noa, fact) for fact in ("f1", "f2", "f3", "f4")] == [
        "crm_id|noa",
        "crm_id|kim",
        "crm_id|noa",
        "crm_id|noa",
    ]
    assert [owner_of(back, fact) for fact in ("f1", "f2", "f3", "f4", "f5")] == [
        "crm_id|kim",
        "crm_id|kim",
        "crm_id|noa",
        "crm_id|kim",
        "crm_id|kim",
    ]
    assert state(back, "crm_id|noa", "ecid|tablet") == ("suppressed", "unique:crm_id", "f5")
    link = back.links["crm_id|kim", "ecid|tablet"]
    assert (link.state, link.because, link.by_event, link.count) == ("active", None, None, 2)
    assert (link.first_seen, link.last_seen) == (story[1].ts, story[4].ts)


def test_keys_are_ordered_by_utf_16() -> None:
    """U+10437 is written with surrogates, which come before U+FF5A; as a code point it comes behind."""
    answer = replay(Rules((LOGIN,)), said("login|ｚ login|𐐷"))
    assert answer.carried["f1"] == ("login|𐐷", "login|ｚ")
    assert set(answer.links) == {("login|𐐷", "login|ｚ")}
    assert answer.founder_of("login|ｚ") == "login|𐐷"


def test_every_pair_of_a_fact_is_linked_and_one_identity_alone_is_a_profile() -> None:
    answer = replay(Rules((CRM, EMAIL, ECID)), said("crm_id|ana email|a@x ecid|e1", "ecid|e2"))
    assert set(answer.links) == {("crm_id|ana", "ecid|e1"), ("crm_id|ana", "email|a@x"), ("ecid|e1", "email|a@x")}
    assert profiles(answer) == {"crm_id|ana ecid|e1 email|a@x", "ecid|e2"}
    assert answer.carried["f1"] == ("crm_id|ana", "email|a@x", "ecid|e1")


def test_facts_arrive_in_any_order() -> None:
    rules, story = Rules((CRM, LOGIN, ECID)), said(*LOGINS)
    whole = replay(rules, story)
    for order in list(permutations(story))[::97]:
        answer = replay(rules, order)
        assert (answer.partition, answer.links, answer.founders) == (whole.partition, whole.links, whole.founders)


def test_equal_times_are_ordered_by_id() -> None:
    first, second = said("crm_id|ana ecid|e1", "crm_id|ben ecid|e1")
    same = Statement("f0", first.ts, second.identities)
    assert profiles(replay(Rules((CRM, ECID)), [first, same])) == {"crm_id|ana ecid|e1", "crm_id|ben"}


def test_a_maximum_above_one_suppresses_the_value_too_many() -> None:
    answer = replay(Rules((CRM, PHONE)), said(*(f"crm_id|ana phone|{n}" for n in (1, 2, 3))))
    assert profiles(answer) == {"crm_id|ana phone|2 phone|3", "phone|1"}
    assert state(answer, "crm_id|ana", "phone|1") == ("suppressed", "unique:phone", "f3")


def test_the_strongest_violated_namespace_is_named() -> None:
    answer = replay(Rules((CRM, EMAIL, ECID)), said("crm_id|ana email|a@x ecid|e1", "crm_id|ben email|b@x ecid|e1"))
    assert state(answer, "ecid|e1", "email|a@x") == ("suppressed", "unique:crm_id", "f2")


def test_inside_an_equal_sum_the_more_recent_link_wins_and_then_the_smaller_pair() -> None:
    rules = Rules((CRM, ECID, Namespace("tag", "cookie", 6)))
    newer = replay(
        rules, said("crm_id|ana ecid|e1", "crm_id|ben ecid|e2", "ecid|e1 tag|t", "ecid|e2 tag|u", "tag|t tag|u")
    )
    assert profiles(newer) == {"crm_id|ana ecid|e1", "crm_id|ben ecid|e2 tag|t tag|u"}
    early, late, third, fourth, fifth = said(
        "crm_id|ana ecid|e1", "crm_id|ben ecid|e2", "ecid|e1 tag|t", "ecid|e2 tag|u", "tag|t tag|u"
    )
    tied = replay(rules, [early, late, third, Statement("g", third.ts, fourth.identities), fifth])
    assert profiles(tied) == {"crm_id|ana ecid|e1 tag|t tag|u", "crm_id|ben ecid|e2"}


def test_the_cap_evicts_cookies_then_devices_then_people_the_longest_unseen_first() -> None:
    rules = Rules((CRM, LOGIN, ECID, DEVICE), max_identities=3)
    answer = replay(rules, said("crm_id|ana ecid|e1", "crm_id|ana device_id|d1", "crm_id|ana ecid|e2"))
    assert profiles(answer) == {"ecid|e1", "crm_id|ana device_id|d1 ecid|e2"}
    assert state(answer, "crm_id|ana", "ecid|e1") == ("retired", "cap", "f3")
    refreshed = replay(
        rules, said("crm_id|ana ecid|e1", "crm_id|ana ecid|e2", "crm_id|ana ecid|e1", "crm_id|ana device_id|d1")
    )
    assert profiles(refreshed) == {"ecid|e2", "crm_id|ana device_id|d1 ecid|e1"}
    people = replay(rules, said("crm_id|ana login|L1", "crm_id|ana login|L2", "crm_id|ana login|L3"))
    assert profiles(people) == {"login|L1", "crm_id|ana login|L2 login|L3"}


def test_the_cap_holds_for_one_fact_that_carries_more_than_it() -> None:
    answer = replay(Rules((CRM, ECID), max_identities=2), said("crm_id|ana ecid|e1 ecid|e2 ecid|e3"))
    assert profiles(answer) == {"ecid|e1", "ecid|e2", "crm_id|ana ecid|e3"}


def test_the_cap_splits_off_what_hung_on_the_evicted() -> None:
    """The chain e1 - L1 - e2 - L2: evicting e2 leaves two profiles, neither too large."""
    answer = replay(
        Rules((LOGIN, ECID), max_identities=3), said("ecid|e2 login|L1", "ecid|e2 login|L2", "ecid|e1 login|L1")
    )
    assert profiles(answer) == {"ecid|e2", "login|L2", "ecid|e1 login|L1"}


def test_a_suppressed_or_retired_link_returns_only_when_seen_again() -> None:
    rules = Rules((CRM, ECID, DEVICE), max_identities=3)
    lost = said("crm_id|ana ecid|e1", "crm_id|ana device_id|d1", "crm_id|ana ecid|e2", "crm_id|ana device_id|d1")
    assert profiles(replay(rules, lost)) == {"ecid|e1", "crm_id|ana device_id|d1 ecid|e2"}
    again = said(*(" ".join("|".join(key) for key in fact.identities) for fact in lost), "crm_id|ana ecid|e1")
    answer = replay(rules, again)
    assert profiles(answer) == {"ecid|e2", "crm_id|ana device_id|d1 ecid|e1"}
    assert state(answer, "crm_id|ana", "ecid|e1") == ("active", None, None)
    assert state(answer, "crm_id|ana", "ecid|e2") == ("retired", "cap", "f5")


def test_what_is_refused_leaves_no_trace() -> None:
    good = said("crm_id|ana ecid|e1")
    bad = [
        Statement("two", NOON, (("crm_id", "ana"), ("crm_id", "ben"))),
        Statement("three", NOON, (("phone", "1"), ("phone", "2"), ("phone", "3"))),
        Statement("stranger", NOON, (("crm_id", "ana"), ("shoe_size", "43"))),
        Statement("nobody", NOON, (("ecid", "0"),)),
    ]
    rules = Rules((CRM, ECID, PHONE))
    answer = replay(rules, [*bad, *good])
    assert answer.outcomes == ("unique_conflict", "unique_conflict", "unknown_namespace", "no_identity", ACCEPTED)
    alone = replay(rules, good)
    assert (answer.partition, answer.links, answer.seen) == (alone.partition, alone.links, alone.seen)


def test_a_blocked_value_is_dropped_and_its_fact_kept() -> None:
    answer = replay(Rules((CRM, ECID)), said("crm_id|ana ecid|0", "crm_id|ben ecid|0"))
    assert profiles(answer) == {"crm_id|ana", "crm_id|ben"}
    assert answer.links == {}


def test_a_repeat_counts_once_and_other_content_under_the_same_id_is_refused() -> None:
    (fact,) = said("crm_id|ana ecid|e1")
    other = Statement(fact.id, fact.ts, fact.identities, content="other")
    answer = replay(Rules((CRM, ECID)), [fact, fact, other, fact])
    assert answer.outcomes == (ACCEPTED, DUPLICATE, "different_content", DUPLICATE)
    assert answer.links["crm_id|ana", "ecid|e1"].count == 1


def test_the_founder_is_of_the_strongest_namespace_then_seen_first_then_the_smallest() -> None:
    rules = Rules((CRM, LOGIN, ECID))
    answer = replay(rules, said("login|b", "login|a ecid|e0", "login|b ecid|e0", "ecid|e9"))
    assert answer.founder_of("ecid|e0") == "login|b"
    assert answer.founder_of("ecid|e9") == "ecid|e9"
    tied = replay(rules, [Statement("x", NOON, (("login", "b"), ("login", "a")))])
    assert tied.founder_of("login|b") == "login|a"
    late = replay(rules, [*said("login|b", "login|a login|b"), Statement("late", NOON, (("login", "a"),))])
    assert late.founder_of("login|b") == "login|a"


def test_a_region_is_everything_ever_linked() -> None:
    answer = replay(Rules((CRM, ECID)), said("crm_id|ana ecid|e1", "crm_id|ben ecid|e1", "crm_id|cy ecid|e3"))
    assert answer.region_of(["crm_id|ana"]) == {"crm_id|ana", "crm_id|ben", "ecid|e1"}


def test_the_oracle_imports_nothing_of_graphcdp() -> None:
    for file in (Path(__file__).parent.parent / "oracle").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not [name for name in names if name.split(".")[0] == "graphcdp"], file
