"""Rule sets: which namespaces there are, how strong they are, and how many values of each a person may have."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graphcdp.base import ConfigurationError
from graphcdp.base.ids import content_hash

Kind = Literal["person", "device", "cookie"]
Policy = Literal["last_login", "first_owner", "nobody", "session"]
MAX_CAP = 200
DEFAULT_VISIT_MINUTES, DEFAULT_MAX_LINKS = 30, 500

DEFAULT_RULES = """
policy: last_login
max_identities: 50
namespaces:
  - {name: user_id, kind: person, priority: 1, unique: true}
  - {name: email, kind: person, priority: 2, unique: true, normalize: email}
  - {name: phone, kind: person, priority: 3, max_values: 5, normalize: phone}
  - {name: device_id, kind: device, priority: 4}
  - {name: anonymous_id, kind: cookie, priority: 5}
"""


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
    normalize: Literal["email", "phone", "lower"] | None = None
    blocked: frozenset[str] = field(default_factory=frozenset)


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
    max_identities: int = 50
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

    def get(self, name: str) -> Namespace | None:
        """Return a namespace, None if the rules do not name it."""
        return self.namespaces.get(name)

    def nearest(self, name: str) -> str:
        """Return a hint for a namespace that is not there."""
        near = difflib.get_close_matches(name, self.namespaces, n=1)
        known = ", ".join(self.namespaces)
        return f"Did you mean {near[0]}?" if near else f"The rules know: {known}."


class _NamespaceFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    kind: Kind = "person"
    priority: Annotated[int, Field(ge=1, le=1000)] | None = None
    unique: bool = False
    max_values: Annotated[int, Field(ge=1, le=1000)] | None = None
    pattern: str | None = None
    normalize: Literal["email", "phone", "lower"] | None = None
    blocked: list[str] = []


class _RulesFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    policy: Policy = "last_login"
    max_identities: Annotated[int, Field(ge=2, le=MAX_CAP)] = 50
    visit_minutes: Annotated[int, Field(ge=1, le=1440)] = DEFAULT_VISIT_MINUTES
    max_links: Annotated[int, Field(ge=10, le=10_000)] = DEFAULT_MAX_LINKS
    namespaces: Annotated[list[_NamespaceFile], Field(min_length=1)]


def parse_rules(text: str, where: str = "the rules") -> RuleSet:
    """Read a rule set from YAML.

    Args:
        text: the file's text.
        where: the file's name, for messages.

    Raises:
        ConfigurationError: says which field is wrong and what to do.
    """
    try:
        content = _RulesFile.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{where} is not YAML: {error}. Correct it and try again.") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise ConfigurationError(f"{where}: {place}: {first['msg']}. Correct it and try again.", field=place) from None
    return _checked(content, where)


def read_rules(path: Path) -> RuleSet:
    """Read a rule set file.

    Raises:
        ConfigurationError: the file is missing or wrong.
    """
    try:
        return parse_rules(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise ConfigurationError(f"The rules file {path} cannot be read: {error.strerror}.", path=str(path)) from None


def default_rules() -> RuleSet:
    """Return the rules in force where nothing else was said: Segment's names, strongest first."""
    return parse_rules(DEFAULT_RULES, "the default rules")


def _checked(content: _RulesFile, where: str) -> RuleSet:
    found: dict[str, Namespace] = {}
    for position, item in enumerate(content.namespaces, start=1):
        if item.name in found:
            raise ConfigurationError(f"{where}: the namespace {item.name} stands there twice; keep one.")
        if item.unique and item.max_values not in (None, 1):
            raise ConfigurationError(
                f"{where}: {item.name} is unique and yet may have {item.max_values} values; drop one of the two."
            )
        if item.pattern is not None:
            try:
                re.compile(item.pattern)
            except re.error as error:
                raise ConfigurationError(f"{where}: the pattern of {item.name} is wrong: {error}.") from None
        found[item.name] = Namespace(
            name=item.name,
            kind=item.kind,
            priority=item.priority or position,
            max_values=1 if item.unique else item.max_values,
            pattern=item.pattern,
            normalize=item.normalize,
            blocked=frozenset(value.strip().lower() for value in item.blocked),
        )
    by_priority: dict[int, str] = {}
    for namespace in found.values():
        if (other := by_priority.setdefault(namespace.priority, namespace.name)) and other != namespace.name:
            raise ConfigurationError(
                f"{where}: {other} and {namespace.name} have the same priority {namespace.priority}; "
                "give each its own, 1 is strongest."
            )
    people = [n for n in found.values() if n.kind == "person"]
    others = [n for n in found.values() if n.kind != "person"]
    if people and others:
        weakest, strongest = max(people, key=lambda n: n.priority), min(others, key=lambda n: n.priority)
        if strongest.priority < weakest.priority:
            raise ConfigurationError(
                f"{where}: the {strongest.kind} namespace {strongest.name} stands above the person namespace "
                f"{weakest.name}; people's namespaces come first, give {strongest.name} a larger number."
            )
    return RuleSet(
        namespaces=found,
        policy=content.policy,
        max_identities=content.max_identities,
        visit_minutes=content.visit_minutes,
        max_links=content.max_links,
    )
