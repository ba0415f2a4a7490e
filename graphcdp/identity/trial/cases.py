"""Examples as test cases: a history, the rules, and what must come of it; written by `--save`, run by `check`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graphcdp.base import CDPError, ConfigurationError
from graphcdp.identity.rules.files import RuleSet, parse_rules
from graphcdp.identity.rules.rule_set import Policy
from graphcdp.identity.trial.decided import parse_decisions
from graphcdp.identity.trial.trial import Trial, try_rules

_SUFFIXES = (".yaml", ".yml")


class Owners(BaseModel):
    """Who must own what; what is not named may be anybody's."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    identities: dict[str, str] = {}
    events: dict[str, str] = {}


class ExpectedLink(BaseModel):
    """What must have become of a link."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    a: str
    b: str
    state: str
    because: str | None = None
    by_event: str | None = None


class Expectation(BaseModel):
    """What must come of a case's history; what is not named is not looked at.

    Attributes:
        policy: None is that of the case's rules.
        profiles: all of them, in any order.
        owners: in the end.
        after: by the event's id: after that event.
        links: those that matter.
        lost: every link that is not in force, in any order.
        rejected: line numbers to codes; every rejected line.
    """

    model_config = ConfigDict(extra="forbid")

    policy: Policy | None = None
    profiles: list[list[str]] | None = None
    owners: Owners = Owners()
    after: Annotated[dict[str, Owners], Field(default_factory=dict)]
    links: list[ExpectedLink] = []
    lost: list[ExpectedLink] | None = None
    rejected: dict[int, str] | None = None


class Documented(BaseModel):
    """What another system's documents say comes of the same history.

    Attributes:
        system: such as Adobe.
        policy: the one here that is set beside it.
        says: what its documents say, in a phrase.
        profiles, owners, after: the same in the terms of this engine, as far as the documents say.
        differs: why this engine answers otherwise; None where the two agree.
    """

    model_config = ConfigDict(extra="forbid")

    system: str
    policy: Policy
    says: str
    profiles: list[list[str]] | None = None
    owners: Owners = Owners()
    after: Annotated[dict[str, Owners], Field(default_factory=dict)]
    differs: str | None = None

    def expectation(self) -> Expectation:
        """Return it as something that can be looked at."""
        return Expectation(policy=self.policy, profiles=self.profiles, owners=self.owners, after=self.after)


class Case(BaseModel):
    """One example."""

    model_config = ConfigDict(extra="forbid")

    title: str
    about: str = ""
    rules: dict[str, Any]
    events: Annotated[list[str], Field(min_length=1)]
    decisions: dict[str, Any] | None = None
    expect: Annotated[list[Expectation], Field(min_length=1)]
    documented: list[Documented] = []

    def run(self, policy: Policy | None = None) -> Trial:
        """Try the case's history, under its own policy or another."""
        rules = self.rule_set(policy)
        decided = parse_decisions(rules, yaml.safe_dump(self.decisions or {}))
        return try_rules(rules, self.events, decisions=decided.decisions, released=decided.released, steps=True)

    def rule_set(self, policy: Policy | None = None) -> RuleSet:
        """Return the case's rules, under their own policy or another."""
        chosen = self.rules if policy is None else {**self.rules, "policy": policy}
        return parse_rules(yaml.safe_dump(chosen, sort_keys=False), f"the rules of {self.title}")


class CaseResult(NamedTuple):
    """What became of one expectation of a case.

    Attributes:
        path: the case's file.
        title: of the case.
        policy: under which it was tried.
        differences: sentences; empty where all is as expected.
    """

    path: str
    title: str
    policy: str
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether all is as expected."""
        return not self.differences


def find_cases(paths: Sequence[Path]) -> list[Path]:
    """Return the case files among some files and folders, sorted inside a folder.

    Raises:
        ConfigurationError: a path is not there, or there is no case.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(each for each in path.rglob("*") if each.suffix in _SUFFIXES and each.is_file())
        elif path.is_file():
            found.append(path)
        else:
            raise ConfigurationError(f"There is no file or folder {path}.", path=str(path))
    if not found:
        raise ConfigurationError("There is no case: a case is a .yaml file; `identity try --save` writes one.")
    return found


def read_case(path: Path) -> Case:
    """Read a case file.

    Raises:
        ConfigurationError: says what is wrong with it.
    """
    try:
        return Case.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigurationError(f"The case {path} cannot be read: {error.strerror}.", path=str(path)) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The case {path} is not YAML: {error}. Correct it and try again.") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise ConfigurationError(f"The case {path}: {place}: {first['msg']}. Correct it and try again.") from None
    except (RecursionError, ValueError):
        raise ConfigurationError(
            f"The case {path} is not YAML that can be read; write plain keys and values."
        ) from None


def check_case(path: Path) -> list[CaseResult]:
    """Run a case; a file that cannot be read or run is a failure too."""
    try:
        case = read_case(path)
        return [
            CaseResult(str(path), case.title, trial.rules.policy, differences(expected, trial))
            for expected in case.expect
            for trial in [case.run(expected.policy)]
        ]
    except CDPError as error:
        return [CaseResult(str(path), path.stem, "", (error.message,))]


def differences(expected: Expectation, trial: Trial) -> tuple[str, ...]:
    """Say in sentences how a trial differs from what was expected; nothing where it does not."""
    told: list[str] = []
    if expected.profiles is not None:
        wanted, got = _as_sets(expected.profiles), _as_sets(trial.profiles)
        told += [f"There is no profile of {_list(each)}." for each in sorted(wanted - got)]
        told += [f"There is a profile of {_list(each)}, which was not expected." for each in sorted(got - wanted)]
    if trial.owners is not None:
        told += _owners(expected.owners, trial.owners.identities, trial.owners.events, "In the end")
    steps = {step.id: step for step in trial.after}
    for event, owners in expected.after.items():
        if event in steps:
            told += _owners(owners, steps[event].identities, steps[event].events, f"After event {event}")
        else:
            told.append(f"There is no event {event}.")
    links = {(link.a, link.b): link for link in trial.links}
    if expected.lost is not None:
        named = {(each.a, each.b) for each in expected.lost}
        told += [f"The link of {x.a} and {x.b} is {x.state}." for x in trial.lost if (x.a, x.b) not in named]
    for wish in [*expected.links, *(expected.lost or ())]:
        link = links.get((wish.a, wish.b))
        if link is None:
            told.append(f"There is no link of {wish.a} and {wish.b}.")
            continue
        for name in sorted(wish.model_fields_set - {"a", "b"}):
            if getattr(link, name) != getattr(wish, name):
                told.append(
                    f"The link of {wish.a} and {wish.b}: {name} is {getattr(link, name)}, not {getattr(wish, name)}."
                )
    if expected.rejected is not None:
        got_codes = {each.line: each.code for each in trial.rejected}
        for line in sorted(expected.rejected.keys() | got_codes.keys()):
            if expected.rejected.get(line) != got_codes.get(line):
                was, wish_code = got_codes.get(line, "taken"), expected.rejected.get(line, "taken")
                told.append(f"Line {line}: {was}, not {wish_code}.")
    return tuple(told)


def case_text(title: str, trial: Trial, events: Sequence[str], decisions: Mapping[str, Any] | None = None) -> str:
    """Return a case that expects what a trial gave, as YAML."""
    content: dict[str, Any] = {
        "title": title,
        "rules": yaml.safe_load(trial.rules.to_yaml()),
        "events": list(events),
    }
    if decisions:
        content["decisions"] = dict(decisions)
    expected: dict[str, Any] = {"profiles": [list(each) for each in trial.profiles]}
    if trial.owners is not None:
        expected["owners"] = {
            "identities": dict(trial.owners.identities),
            "events": dict(trial.owners.events),
        }
    expected["lost"] = [
        {"a": x.a, "b": x.b, "state": x.state, "because": x.because, "by_event": x.by_event} for x in trial.lost
    ]
    content["expect"] = [{**expected, "rejected": {each.line: each.code for each in trial.rejected}}]
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


def _as_sets(profiles: Sequence[Sequence[str]]) -> set[tuple[str, ...]]:
    return {tuple(sorted(profile)) for profile in profiles}


def _owners(wanted: Owners, identities: Mapping[str, str], events: Mapping[str, str], when: str) -> list[str]:
    told = []
    for what, wishes, got in (("", wanted.identities, identities), ("event ", wanted.events, events)):
        for name, owner in wishes.items():
            if got.get(name) != owner:
                told.append(f"{when} {what}{name} belongs to {got.get(name, 'nobody seen')}, not to {owner}.")
    return told


def _list(keys: Sequence[str]) -> str:
    return ", ".join(keys)
