"""Which identities of a fact count: normalised, known, not blocked, not two where one is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import phonenumbers

from graphcdp.identity.replay.evidence import key_order
from graphcdp.identity.rules.files import Namespace, RuleSet
from graphcdp.model import IdentityKey

BLOCKED_EVERYWHERE = frozenset({
    "", "null", "nil", "none", "nan", "n/a", "na", "anonymous", "unknown", "undefined", "guest", "(not set)",
    "not set", "test", "test@test.com", "test@example.com", "example@example.com", "user@example.com",
    "email@example.com", "noemail@noemail.com", "no@email.com", "a@a.com", "[object object]", "true", "false", "-",
})  # fmt: skip
MAX_VALUE_LENGTH = 512
_ZEROS = re.compile(r"[0\-_.{} ]+")
_EMAIL = re.compile(r"[^@\s,;:<>()\[\]\\\"]{1,64}@[^@\s,;:<>()\[\]\\\"]+\.[^@\s.,;:<>()\[\]\\\"]{2,}")


class Refusal(NamedTuple):
    """Why an identity, or the whole fact, cannot be taken."""

    code: str
    field: str
    reason: str


class Admitted(NamedTuple):
    """The identities of a fact that count.

    Attributes:
        keys: `namespace|value`, strongest first (priority, then key), each once.
        dropped: identities left out though they were meant as such; the fact goes in without them.
    """

    keys: tuple[str, ...]
    dropped: tuple[Refusal, ...]


class Gate:
    """Looks at the identities of facts under one rule set."""

    def __init__(self, rules: RuleSet, default_region: str = "GB") -> None:
        self.rules = rules
        self._region = default_region
        self._one = lru_cache(maxsize=200_000)(self._admit_one)
        self._limited = {n.name: n.max_values for n in rules.namespaces.values() if n.max_values is not None}
        self._patterns = {n.name: re.compile(n.pattern) for n in rules.namespaces.values() if n.pattern}

    def key(self, namespace: str, value: str) -> IdentityKey | Refusal:
        """Return an identity as it stands in the graph, or why it can stand for nobody."""
        found = self._one(namespace, value)
        if isinstance(found, Refusal):
            return found
        return IdentityKey(namespace, found[1].split("|", 1)[1])

    def admit(self, identities: tuple[IdentityKey, ...]) -> Admitted | Refusal:
        """Say which identities of one fact count.

        Returns:
            The keys that count, at least one; or why the fact cannot be taken: an unknown namespace, no identity left,
            more values of a namespace than one person may have.
        """
        ranked: list[tuple[int, str, str]] = []
        dropped: list[Refusal] = []
        for namespace, value in identities:
            one = self._one(namespace, value)
            if isinstance(one, Refusal):
                if one.code in ("unknown_namespace", "null_byte"):
                    return one
                dropped.append(one)
            else:
                ranked.append((one[0], one[1], namespace))
        if not ranked:
            why = dropped[0].reason if dropped else "It carries no identity at all."
            return Refusal("no_identity", "identities", f"Nobody can be told from this: {why}")
        if len(ranked) > 1:
            ranked = sorted(set(ranked), key=lambda item: (item[0], key_order(item[1])))
            for name, most in self._limited.items():
                held = sum(item[2] == name for item in ranked)
                if held > most:
                    return Refusal(
                        "unique_conflict",
                        f"identities.{name}",
                        f"It carries {held} different values of {name}, and one person may have {most}; "
                        "send one fact for each person.",
                    )
        return Admitted(tuple(item[1] for item in ranked), tuple(dropped))

    def _admit_one(self, namespace: str, value: str) -> tuple[int, str] | Refusal:
        rule = self.rules.get(namespace)
        field = f"identities.{namespace}"
        if rule is None:
            return Refusal(
                "unknown_namespace",
                field,
                f"The namespace {namespace[:63]!r} is not in the identity rules. {self.rules.nearest(namespace)}",
            )
        if "\x00" in value:
            return Refusal("null_byte", field, f"The value of {namespace} holds a null byte; send text without it.")
        text = value.strip()
        if len(text) > MAX_VALUE_LENGTH:
            return Refusal(
                "bad_identity", field, f"The value of {namespace} is longer than {MAX_VALUE_LENGTH} characters."
            )
        if _blocked(rule, text):
            return Refusal("blocked_value", field, f"The value of {namespace} is one that stands for nobody.")
        if rule.normalize is not None:
            normal = _NORMALIZERS[rule.normalize](text, self._region)
            if normal is None:
                return Refusal("bad_identity", field, f"The value of {namespace} is not a valid {rule.normalize}.")
            text = normal
            if _blocked(rule, text):
                return Refusal("blocked_value", field, f"The value of {namespace} is one that stands for nobody.")
        pattern = self._patterns.get(namespace)
        if pattern is not None and not pattern.fullmatch(text):
            return Refusal("bad_identity", field, f"The value of {namespace} does not match the pattern of its rule.")
        return rule.priority, f"{namespace}|{text}"


def _blocked(rule: Namespace, text: str) -> bool:
    low = text.lower()
    return low in BLOCKED_EVERYWHERE or low in rule.blocked or _ZEROS.fullmatch(low) is not None


def _email(text: str, _region: str) -> str | None:
    low = text.lower().removeprefix("mailto:")
    return low if _EMAIL.fullmatch(low) else None


def _phone(text: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _lower(text: str, _region: str) -> str | None:
    return text.lower()


_NORMALIZERS: dict[str, Callable[[str, str], str | None]] = {"email": _email, "phone": _phone, "lower": _lower}
