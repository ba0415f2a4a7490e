"""Rule sets as files: read, with every problem said at once in a sentence and by its place."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import yaml

from graphcdp.base import ConfigurationError
from graphcdp.identity.rules.rule_set import (
    DEFAULT_CAP,
    DEFAULT_MAX_LINKS,
    DEFAULT_VISIT_MINUTES,
    MAX_CAP,
    Kind,
    Namespace,
    Normalizer,
    Policy,
    RuleDifference,
    RuleSet,
)

__all__ = [
    "MAX_CAP",
    "Kind",
    "Namespace",
    "Policy",
    "RuleDifference",
    "RuleProblem",
    "RuleReading",
    "RuleSet",
    "RulesError",
    "default_rules",
    "parse_rules",
    "read_rules",
    "reading_of",
]

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
MAX_TEXT, MAX_NAMESPACES, MAX_BLOCKED = 200_000, 100, 10_000
_TOP = ("policy", "max_identities", "visit_minutes", "max_links", "namespaces")
_PARTS = ("name", "kind", "priority", "unique", "max_values", "pattern", "normalize", "blocked")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_NUMBERS = {
    "max_identities": (2, MAX_CAP, DEFAULT_CAP),
    "visit_minutes": (1, 1440, DEFAULT_VISIT_MINUTES),
    "max_links": (10, 10_000, DEFAULT_MAX_LINKS),
}


class RuleProblem(NamedTuple):
    """Something wrong (`error`) or doubtful (`warning`) about a rule set.

    Attributes:
        severity: rules with an error cannot be put in force.
        place: where in the file, such as `namespaces.2.pattern`; `policy`; empty: the whole.
        message: a sentence that says what to do.
    """

    severity: Literal["error", "warning"]
    place: str
    message: str


class RulesError(ConfigurationError):
    """A rule set is wrong; `problems` has all that is, and what is doubtful besides."""

    def __init__(self, where: str, problems: Sequence[RuleProblem]) -> None:
        errors = [one for one in problems if one.severity == "error"]
        told = [f"{one.place}: {one.message}" if one.place else one.message for one in errors]
        if len(told) == 1:
            message = f"{where}: {told[0]}"
        else:
            message = "\n  ".join([f"{where}: {len(told)} things are wrong.", *told])
        super().__init__(message, field=errors[0].place or "the whole")
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class RuleReading:
    """What became of a rule-set text: the rules, None where something is wrong, and all problems, errors first."""

    rules: RuleSet | None
    problems: tuple[RuleProblem, ...]


def parse_rules(text: str, where: str = "the rules") -> RuleSet:
    """Read a rule set from YAML: bare, or under the key `identity` of a larger file.

    Args:
        text: the file's text.
        where: the file's name, for messages.

    Raises:
        RulesError: says everything that is wrong, where, and what to do.
    """
    reading = reading_of(text)
    if reading.rules is None:
        raise RulesError(where, reading.problems)
    return reading.rules


def read_rules(path: Path) -> RuleSet:
    """Read a rule set file.

    Raises:
        ConfigurationError: the file is missing or wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"The rules file {path} cannot be read: {error.strerror}.", path=str(path)) from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"The rules file {path} is not UTF-8 text.", path=str(path)) from None
    return parse_rules(text, str(path))


def default_rules() -> RuleSet:
    """Return the rules in force where nothing else was said: Segment's names, strongest first."""
    return parse_rules(DEFAULT_RULES, "the default rules")


def reading_of(text: str) -> RuleReading:
    """Read a rule-set text and say everything that is wrong or doubtful about it; never raises."""
    reader = _Reader()
    rules = reader.read(text)
    problems = sorted(reader.problems, key=lambda one: one.severity)
    return RuleReading(None if reader.wrong else rules, tuple(problems))


class _Loader(yaml.SafeLoader):
    """A safe loader that refuses a key written twice."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode):
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value} is written twice; keep one", key.start_mark
                )
            seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


class _Reader:
    """Reads one text; gathers problems."""

    def __init__(self) -> None:
        self.problems: list[RuleProblem] = []

    @property
    def wrong(self) -> bool:
        """Whether any problem is an error."""
        return any(one.severity == "error" for one in self.problems)

    def read(self, text: str) -> RuleSet | None:
        """Return the rules as far as they could be read."""
        content = self._content(text)
        if content is None:
            return None
        if "identity" in content and "namespaces" not in content:
            content = content["identity"]
            if not isinstance(content, dict):
                self._error("identity", "The key `identity` holds no rule set; write policy and namespaces under it.")
                return None
        self._unknown("", content, _TOP)
        policy = content.get("policy", "last_login")
        if policy not in get_args(Policy):
            self._error("policy", f"{_shown(policy)} is no policy; choose {_either(get_args(Policy))}.")
            policy = "last_login"
        numbers = {
            name: self._number(name, content.get(name), low, high, default)
            for name, (low, high, default) in _NUMBERS.items()
        }
        namespaces = self._namespaces(content.get("namespaces"))
        self._between(namespaces)
        found: dict[str, Namespace] = {}
        for _, namespace in namespaces:
            found.setdefault(namespace.name, namespace)
        return RuleSet(found, policy, **numbers)

    def _content(self, text: str) -> dict[str, Any] | None:
        if len(text) > MAX_TEXT:
            self._error("", f"The text is longer than {MAX_TEXT:,} characters; a rule set is a page.")
            return None
        try:
            content = yaml.load(text, Loader=_Loader)  # noqa: S506  a subclass of SafeLoader
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = f" in line {mark.line + 1}" if mark else ""
            self._error("", f"It is not YAML{line}: {getattr(error, 'problem', None) or error}.")
            return None
        except (RecursionError, ValueError):
            self._error("", "It is not YAML that can be read; write plain keys and values.")
            return None
        if not isinstance(content, dict):
            self._error("", "It is no rule set; write keys such as policy and namespaces.")
            return None
        return content

    def _namespaces(self, items: Any) -> list[tuple[int, Namespace]]:
        if not isinstance(items, list) or not items:
            self._error("namespaces", "There are no namespaces; list one at least, such as - {name: email}.")
            return []
        if len(items) > MAX_NAMESPACES:
            self._error("namespaces", f"There are {len(items)} namespaces; {MAX_NAMESPACES} are the most.")
            return []
        found = []
        for position, item in enumerate(items):
            namespace = self._namespace(f"namespaces.{position}", position, item)
            if namespace is not None:
                found.append((position, namespace))
        return found

    def _namespace(self, place: str, position: int, item: Any) -> Namespace | None:
        if not isinstance(item, dict):
            self._error(place, f"{_shown(item)} is no namespace; write {{name: …, kind: …}}.")
            return None
        self._unknown(place, item, _PARTS)
        name = item.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            told = "The name is missing" if name is None else f"{_shown(name)} is no name"
            self._error(
                f"{place}.name", f"{told}; use lower-case letters, digits and underscores, a letter first, 63 at most."
            )
            return None
        kind = item.get("kind", "person")
        if kind not in get_args(Kind):
            self._error(f"{place}.kind", f"{_shown(kind)} is no kind; {name} is {_either(get_args(Kind))}.")
            kind = "person"
        normalize = item.get("normalize")
        if normalize is not None and normalize not in get_args(Normalizer):
            self._error(
                f"{place}.normalize", f"{_shown(normalize)} is no normaliser; choose {_either(get_args(Normalizer))}."
            )
            normalize = None
        return Namespace(
            name=name,
            kind=kind,
            priority=self._number(f"{place}.priority", item.get("priority"), 1, 1000, position + 1),
            max_values=self._limit(place, name, item),
            pattern=self._pattern(f"{place}.pattern", name, item.get("pattern")),
            normalize=normalize,
            blocked=self._blocked(f"{place}.blocked", item.get("blocked")),
        )

    def _limit(self, place: str, name: str, item: Mapping[str, Any]) -> int | None:
        unique, most = item.get("unique", False), item.get("max_values")
        if not isinstance(unique, bool):
            self._error(f"{place}.unique", f"{_shown(unique)} is neither true nor false.")
            unique = False
        limit = None if most is None else self._number(f"{place}.max_values", most, 1, 1000, 1)
        if unique and limit not in (None, 1):
            self._error(
                f"{place}.max_values",
                f"The namespace {name} is unique and yet may have {limit} values; drop one of the two.",
            )
        return 1 if unique else limit

    def _pattern(self, place: str, name: str, pattern: Any) -> str | None:
        if pattern is None:
            return None
        if not isinstance(pattern, str):
            self._error(place, f"The pattern of {name} is no text; put it in quotes.")
            return None
        try:
            re.compile(pattern)
        except re.error as error:
            self._error(place, f"The pattern of {name} is wrong: {error}.")
            return None
        return pattern

    def _blocked(self, place: str, values: Any) -> frozenset[str]:
        if values is None:
            return frozenset()
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            self._error(place, 'Blocked values are a list of texts; write numbers in quotes, such as ["0"].')
            return frozenset()
        if len(values) > MAX_BLOCKED:
            self._error(
                place, f"There are {len(values):,} blocked values; {MAX_BLOCKED:,} are the most. Use a pattern."
            )
            return frozenset()
        return frozenset(value.strip().lower() for value in values)

    def _between(self, namespaces: Sequence[tuple[int, Namespace]]) -> None:
        """Look at namespaces beside each other."""
        names: dict[str, int] = {}
        priorities: dict[int, str] = {}
        for position, one in namespaces:
            if one.name in names:
                self._error(f"namespaces.{position}.name", f"The namespace {one.name} stands there twice; keep one.")
                continue
            names[one.name] = position
            other = priorities.setdefault(one.priority, one.name)
            if other != one.name:
                self._error(
                    f"namespaces.{position}.priority",
                    f"The namespaces {other} and {one.name} have the same priority {one.priority}; "
                    "give each its own, 1 is strongest.",
                )
            if one.kind == "cookie" and one.max_values == 1:
                self._warn(
                    f"namespaces.{position}.unique",
                    f"The cookie namespace {one.name} is unique, so a person could use one browser only: the next "
                    "browser takes the person's other identities with it. Leave it out unless you mean that.",
                )
        people = [one for _, one in namespaces if one.kind == "person"]
        things = [(position, one) for position, one in namespaces if one.kind != "person"]
        if not people:
            return
        weakest = max(people, key=lambda one: one.priority)
        for position, one in things:
            if one.priority < weakest.priority:
                self._error(
                    f"namespaces.{position}.priority",
                    f"The {one.kind} namespace {one.name} stands above the person namespace {weakest.name}; people's "
                    f"namespaces come first, give {one.name} a larger number.",
                )

    def _number(self, place: str, value: Any, low: int, high: int, default: int) -> int:
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self._error(place, f"{_shown(value)} is no whole number from {low:,} to {high:,}.")
            return default
        return value

    def _unknown(self, place: str, content: Mapping[Any, Any], known: Sequence[str]) -> None:
        for key in content:
            if key not in known:
                near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.5)
                hint = f"Did you mean {near[0]}?" if near else f"The keys here are {', '.join(known)}."
                self._error(f"{place}.{key}" if place else str(key), f"There is no such key. {hint}")

    def _error(self, place: str, message: str) -> None:
        self.problems.append(RuleProblem("error", place, message))

    def _warn(self, place: str, message: str) -> None:
        self.problems.append(RuleProblem("warning", place, message))


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _either(options: Sequence[str]) -> str:
    return f"{', '.join(options[:-1])} or {options[-1]}"
