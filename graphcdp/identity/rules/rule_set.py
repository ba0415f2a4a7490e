"""Rule sets: which namespaces there are, how strong they are, and how many values of each a person may have."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

import yaml

from graphcdp.base.ids import content_hash

Kind = Literal["person", "device", "cookie"]
Policy = Literal["last_login", "first_owner", "nobody", "session"]
Normalizer = Literal["email", "phone", "lower"]
DEFAULT_CAP, MAX_CAP = 50, 200
DEFAULT_VISIT_MINUTES, DEFAULT_MAX_LINKS = 30, 500


@dataclass(frozen=True, slots=True)
class Namespace:
    """One namespace of a rule set.

    Attributes:
        name: lower-case letters, digits and underscores.
        kind: what its values identify.
        priority: 1 is strongest.
        max_values: how many values a profile may hold; None is no limit; 1 is a unique namespace.
        pattern: a regular expression that a whole value must match, after normalising.
        normalize: `email`, `phone` or `lower`; None leaves values as they are (white space at the ends is cut).
        blocked: values that never identify anybody, besides those blocked everywhere.
    """

    name: str
    kind: Kind
    priority: int
    max_values: int | None = None
    pattern: str | None = None
    normalize: Normalizer | None = None
    blocked: frozenset[str] = field(default_factory=frozenset)

    def written(self) -> dict[str, Any]:
        """Return it as a rule-set file has it; what is as by default is left out."""
        found: dict[str, Any] = {"name": self.name, "kind": self.kind, "priority": self.priority}
        if self.max_values == 1:
            found["unique"] = True
        elif self.max_values is not None:
            found["max_values"] = self.max_values
        if self.normalize is not None:
            found["normalize"] = self.normalize
        if self.pattern is not None:
            found["pattern"] = self.pattern
        if self.blocked:
            found["blocked"] = sorted(self.blocked)
        return found


class RuleDifference(NamedTuple):
    """One setting in which two rule sets differ; `before` or `after` is None where it has none."""

    setting: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class RuleSet:
    """A version of the identity rules.

    Attributes:
        namespaces: by name.
        policy: what happens when two people meet on one browser.
        max_identities: most identities of one profile.
        visit_minutes: the silence that ends a visit, for the policies `nobody` and `session`.
        max_links: an identity ever linked to more others than this is a hub, and quarantined.
    """

    namespaces: Mapping[str, Namespace]
    policy: Policy = "last_login"
    max_identities: int = DEFAULT_CAP
    visit_minutes: int = DEFAULT_VISIT_MINUTES
    max_links: int = DEFAULT_MAX_LINKS

    @cached_property
    def version(self) -> str:
        """The content's hash: equal rules have equal versions."""
        rows = [
            repr((n.name, n.kind, n.priority, n.max_values, n.pattern, n.normalize, sorted(n.blocked)))
            for n in sorted(self.namespaces.values(), key=lambda n: n.name)
        ]
        settings = [self.policy, str(self.max_identities)]
        # Settings that came later count only where they are used, so that rule sets from before keep their versions.
        if self.visit_minutes != DEFAULT_VISIT_MINUTES:
            settings.append(f"visit_minutes={self.visit_minutes}")
        if self.max_links != DEFAULT_MAX_LINKS:
            settings.append(f"max_links={self.max_links}")
        return content_hash("\n".join([*settings, *rows]))[:16]

    @property
    def ranked(self) -> tuple[Namespace, ...]:
        """The namespaces, strongest first."""
        return tuple(sorted(self.namespaces.values(), key=lambda n: n.priority))

    def get(self, name: str) -> Namespace | None:
        """Return a namespace, None if the rules do not name it."""
        return self.namespaces.get(name)

    def nearest(self, name: str) -> str:
        """Return a hint for a namespace that is not there."""
        near = difflib.get_close_matches(name.lower(), self.namespaces, n=1)
        known = ", ".join(self.namespaces)
        return f"Did you mean {near[0]}?" if near else f"The rules know: {known}."

    def to_yaml(self) -> str:
        """Return the rule-set file that reads as these rules."""
        lines = [f"policy: {self.policy}", f"max_identities: {self.max_identities}"]
        if self.visit_minutes != DEFAULT_VISIT_MINUTES:
            lines.append(f"visit_minutes: {self.visit_minutes}")
        if self.max_links != DEFAULT_MAX_LINKS:
            lines.append(f"max_links: {self.max_links}")
        lines.append("namespaces:")
        lines += (f"  - {_flow(namespace.written())}" for namespace in self.ranked)
        return "\n".join(lines) + "\n"

    def differences(self, other: RuleSet) -> tuple[RuleDifference, ...]:
        """Say in which settings another, later rule set differs from this one: general ones first, then namespaces."""
        found = [
            RuleDifference(name, str(before), str(after))
            for name in ("policy", "max_identities", "visit_minutes", "max_links")
            if (before := getattr(self, name)) != (after := getattr(other, name))
        ]
        for name in sorted({*self.namespaces, *other.namespaces}):
            old, new = self.get(name), other.get(name)
            if old is None or new is None:
                found.append(
                    RuleDifference(name, _flow(old.written()) if old else None, _flow(new.written()) if new else None)
                )
                continue
            for setting in ("kind", "priority", "max_values", "normalize", "pattern", "blocked"):
                before, after = getattr(old, setting), getattr(new, setting)
                if before != after:
                    found.append(RuleDifference(f"{name}.{setting}", _told(before), _told(after)))
        return tuple(found)


def _told(value: object) -> str | None:
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or None
    return None if value is None else str(value)


def _flow(value: object) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000)
    return text.strip()
