"""Rule sets and the gate: what is read, what is refused, which identities count."""

from __future__ import annotations

from typing import get_args

import pytest

from graphcdp.base import ConfigurationError
from graphcdp.identity.rules.admit import Admitted, Gate, Refusal
from graphcdp.identity.rules.files import Policy, default_rules, parse_rules, reading_of
from tests.make import key

GATE = Gate(
    parse_rules(
        """
        namespaces:
          - {name: crm_id, kind: person, priority: 1, unique: true, pattern: "C-[0-9]+"}
          - {name: email, kind: person, priority: 2, unique: true, normalize: email}
          - {name: phone, kind: person, priority: 3, max_values: 2, normalize: phone}
          - {name: ecid, kind: cookie, priority: 4, blocked: ["Shop-Display"]}
        """
    ),
    default_region="GB",
)


def admit(*identities: str) -> Admitted | Refusal:
    """Ask the gate about identities written `namespace|value`."""
    return GATE.admit(tuple(key(one) for one in identities))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("namespaces: []", "namespaces"),
        ("namespaces: [{name: A}]", "namespaces.0.name"),
        ("namespaces: [{name: a}]\nmax_identities: 201", "max_identities"),
        ("namespaces: [{name: a}]\nmax_identities: 1", "max_identities"),
        ("namespaces: [{name: a}]\npolicy: dice", "policy"),
        ("namespaces: [{name: a}]\nvisit_minutes: 1441", "visit_minutes"),
        ("namespaces: [{name: a}]\nmax_links: 9", "max_links"),
        ("namespaces: [{name: a, colour: red}]", "colour"),
        ("namespaces: [{name: a}, {name: a}]", "a stands there twice"),
        ("namespaces: [{name: a, unique: true, max_values: 3}]", "unique and yet may have 3"),
        ("namespaces: [{name: a, priority: 1}, {name: b, priority: 1}]", "a and b have the same priority 1"),
        ("namespaces: [{name: c, kind: cookie, priority: 1}, {name: p, priority: 2}]", "c stands above the person"),
        ("namespaces: [{name: a, pattern: '('}]", "pattern of a is wrong"),
        ("namespaces: [", "is not YAML"),
    ],
)
def test_a_wrong_rule_set_is_refused_with_its_place(text: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match="rules") as told:
        parse_rules(text)
    assert words in told.value.message


def test_equal_rules_have_equal_versions_and_others_do_not() -> None:
    one = parse_rules("namespaces: [{name: a, unique: true}, {name: b, kind: cookie}]")
    same = parse_rules("namespaces: [{name: b, kind: cookie, priority: 2}, {name: a, priority: 1, max_values: 1}]")
    other = parse_rules("namespaces: [{name: a}, {name: b, kind: cookie}]")
    assert one.version == same.version != other.version
    assert len({default_rules().version, one.version, other.version}) == 3
    policies = {parse_rules(f"policy: {policy}\nnamespaces: [{{name: a}}]").version for policy in get_args(Policy)}
    assert len(policies) == 4


def test_settings_that_are_not_used_leave_the_version_as_it_was() -> None:
    plain = parse_rules("namespaces: [{name: a}]")
    said = parse_rules("namespaces: [{name: a}]\nvisit_minutes: 30\nmax_links: 500")
    longer = parse_rules("namespaces: [{name: a}]\nvisit_minutes: 60")
    fewer = parse_rules("namespaces: [{name: a}]\nmax_links: 60")
    assert plain.version == said.version
    assert len({plain.version, longer.version, fewer.version}) == 3
    assert default_rules().version == "6712051950bc4556"


def test_everything_wrong_is_said_at_once() -> None:
    reading = reading_of(
        """
        polcy: nobody
        max_identities: 1
        namespaces:
          - {name: ecid, kind: cookie, priority: 1, unique: true}
          - {name: email, kind: persn, priority: 2, patern: x}
          - {name: phone, priority: 2, pattern: "(", blocked: [0]}
          - sofa
        """
    )
    assert reading.rules is None
    assert [(one.severity, one.place) for one in reading.problems] == [
        ("error", "polcy"),
        ("error", "max_identities"),
        ("error", "namespaces.1.patern"),
        ("error", "namespaces.1.kind"),
        ("error", "namespaces.2.pattern"),
        ("error", "namespaces.2.blocked"),
        ("error", "namespaces.3"),
        ("error", "namespaces.2.priority"),
        ("error", "namespaces.0.priority"),
        ("warning", "namespaces.0.unique"),
    ]
    told = {one.place: one.message for one in reading.problems}
    assert told["polcy"] == "There is no such key. Did you mean policy?"
    assert told["namespaces.1.patern"] == "There is no such key. Did you mean pattern?"
    assert told["max_identities"] == "1 is no whole number from 2 to 200."
    assert told["namespaces.2.pattern"].startswith("The pattern of phone is wrong: ")
    assert "stands above the person namespace" in told["namespaces.0.priority"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("identity: 3", "`identity` holds no rule set"),
        ("- a", "It is no rule set"),
        ("a: 1\na: 2", "the key a is written twice; keep one"),
        ("? [a]\n: 2", "It is not YAML"),
        ("namespaces: [{name: a, priority: true}]", "True is no whole number from 1 to 1,000."),
        ("namespaces: [{name: a, unique: maybe}]", "neither true nor false"),
        ("namespaces: [{name: a, normalize: upper}]", "choose email, phone or lower"),
        ("namespaces: [{name: a, pattern: 3}]", "no text; put it in quotes"),
        ("namespaces: [" + "{name: a}," * 101 + "]", "There are 101 namespaces"),
        ("x" * 200_001, "longer than 200,000 characters"),
    ],
)
def test_odd_texts_get_a_sentence(text: str, words: str) -> None:
    reading = reading_of(text)
    assert reading.rules is None
    assert words in " ".join(one.message for one in reading.problems)


def test_rules_under_the_key_identity_are_the_same_rules() -> None:
    bare = "namespaces: [{name: a, unique: true}]"
    assert parse_rules("identity: {" + bare + "}\nother: 1").version == parse_rules(bare).version


def test_rules_written_as_yaml_read_as_themselves() -> None:
    rules = parse_rules(
        """
        policy: session
        visit_minutes: 20
        max_links: 99
        namespaces:
          - {name: ecid, kind: cookie, priority: 9, blocked: ["0", "Ümlaut: [x]"], pattern: "[a-z]{3}: '\\"?"}
          - {name: email, priority: 2, unique: true, normalize: email}
          - {name: phone, priority: 3, max_values: 5}
        """
    )
    again = parse_rules(rules.to_yaml())
    assert again == rules
    assert again.to_yaml() == rules.to_yaml()
    assert tuple(default_rules().differences(rules)[:2]) == (
        ("policy", "last_login", "session"),
        ("visit_minutes", "30", "20"),
    )
    assert rules.differences(again) == ()


def test_keys_come_strongest_first_each_once_and_normalised() -> None:
    told = admit("ecid|e1", "phone|07700 900123", "email| Ana@Shop.Example ", "phone|+44 7700 900123", "crm_id|C-1")
    assert told == Admitted(("crm_id|C-1", "email|ana@shop.example", "phone|+447700900123", "ecid|e1"), ())


@pytest.mark.parametrize(
    "identity",
    ["email|unknown", "email|test@test.com", "ecid|0000-0000", "ecid|null", "ecid|shop-display", "ecid|", "ecid|NaN"],
)
def test_values_that_stand_for_nobody_are_left_out(identity: str) -> None:
    told = admit(identity, "crm_id|C-1")
    assert isinstance(told, Admitted)
    assert told.keys == ("crm_id|C-1",)
    assert [one.code for one in told.dropped] == ["blocked_value"]
    alone = admit(identity)
    assert isinstance(alone, Refusal)
    assert alone.code == "no_identity"


@pytest.mark.parametrize("identity", ["email|not an address", "phone|12", "crm_id|X-1", "ecid|" + "x" * 513])
def test_values_of_the_wrong_form_are_left_out_and_said(identity: str) -> None:
    told = admit(identity, "email|ana@shop.example")
    if identity.startswith("email"):
        told = admit(identity, "crm_id|C-1")
    assert isinstance(told, Admitted)
    assert [one.code for one in told.dropped] == ["bad_identity"]
    assert len(told.keys) == 1


@pytest.mark.parametrize(
    ("identities", "code", "field"),
    [
        (("crm_id|C-1", "crm_id|C-2"), "unique_conflict", "identities.crm_id"),
        (("phone|07700900121", "phone|07700900122", "phone|07700900123"), "unique_conflict", "identities.phone"),
        (("crm_id|C-1", "emial|ana@shop.example"), "unknown_namespace", "identities.emial"),
        (("crm_id|C-1\x00",), "null_byte", "identities.crm_id"),
        ((), "no_identity", "identities"),
    ],
)
def test_a_fact_that_nobody_can_be_told_from_is_refused(identities: tuple[str, ...], code: str, field: str) -> None:
    told = admit(*identities)
    assert isinstance(told, Refusal)
    assert (told.code, told.field) == (code, field)


def test_an_unknown_namespace_gets_the_nearest_name() -> None:
    told = admit("emial|a")
    assert isinstance(told, Refusal)
    assert "Did you mean email?" in told.reason
    capitals = admit("EMAIL|a")
    assert isinstance(capitals, Refusal)
    assert "Did you mean email?" in capitals.reason
