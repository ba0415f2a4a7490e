"""The replay of facts: every worked example, policy by policy, and what may be asked of it beside profiles."""

from __future__ import annotations

import pytest

from graphcdp.identity.replay import Outcome, Seen, replay
from graphcdp.identity.rules import RuleSet, parse_rules
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
