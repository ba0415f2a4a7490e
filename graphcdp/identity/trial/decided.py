"""Reads what people decided from a YAML file, for trying rules: cuts, pins, changed ids, hubs kept or released."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graphcdp.base import ConfigurationError, InvalidInputError
from graphcdp.identity.replay.parts import Node, Parts
from graphcdp.identity.replay.replay import Decisions, key_order, pair
from graphcdp.identity.rules.admit import Gate, Refusal
from graphcdp.identity.rules.files import RuleSet

_Two = Annotated[list[str], Field(min_length=2, max_length=2)]


class TriedDecisions(NamedTuple):
    """What a file of decisions says.

    Attributes:
        decisions: for the replay.
        released: identities that are no hubs, however many others they are seen with.
        said: the file itself, as a test case keeps it.
    """

    decisions: Decisions
    released: frozenset[str]
    said: Mapping[str, Any]


class _DecisionsFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    cut: list[_Two] = []
    pin: list[_Two] = []
    rekey: list[_Two] = []
    quarantine: list[str] = []
    release: list[str] = []


def parse_decisions(rules: RuleSet, text: str, where: str = "the decisions", *, region: str = "GB") -> TriedDecisions:
    """Read decisions from YAML: `cut`, `pin`, `rekey` (old, new): lists of pairs; `quarantine`, `release`: lists.

    Args:
        rules: they must know the namespaces.
        text: the file's text; an identity is `namespace|value`.
        where: the file's name, for messages.
        region: where phone numbers without a country code are from.

    Raises:
        ConfigurationError: it cannot be read.
        InvalidInputError: an identity can stand for nobody, or the pins alone break a limit.
    """
    try:
        content: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{where} is not YAML: {error}. Correct it and try again.") from None
    except (RecursionError, ValueError):
        raise ConfigurationError(f"{where}: it is not YAML that can be read; write plain keys and lists.") from None
    if not isinstance(content, dict | None):
        raise ConfigurationError(f"{where}: write keys such as cut, pin, rekey, quarantine and release.")
    try:
        said = _DecisionsFile.model_validate(content or {})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise ConfigurationError(f"{where}: {place}: {first['msg']}. Correct it and try again.", field=place) from None
    gate = Gate(rules, region)

    def key(raw: str) -> str:
        namespace, bar, value = raw.partition("|")
        if not bar:
            raise InvalidInputError(f"{where}: {raw[:63]!r} is no identity; write namespace|value.")
        found = gate.key(namespace, value)
        if isinstance(found, Refusal):
            raise InvalidInputError(f"{where}: {found.reason}", field=found.field)
        return str(found)

    def pairs(raw: list[_Two]) -> frozenset[tuple[str, str]]:
        return frozenset(pair(key(a), key(b)) for a, b in raw)

    newer = {key(old): key(new) for old, new in said.rekey}
    decisions = Decisions(
        cut=pairs(said.cut),
        pinned=pairs(said.pin) | pairs(said.rekey),
        rekeyed={old: _newest(old, newer) for old in newer},
        quarantined=frozenset(map(key, said.quarantine)),
    )
    _check_pins(rules, decisions, where)
    return TriedDecisions(decisions, frozenset(map(key, said.release)), content or {})


def _newest(key: str, newer: Mapping[str, str]) -> str:
    """Follow changed ids to the last one; where they run in a circle, to the smallest of it."""
    chain = [key]
    while (following := newer.get(chain[-1])) is not None:
        if following in chain:
            return min(chain[chain.index(following) :], key=key_order)
        chain.append(following)
    return chain[-1]


def _check_pins(rules: RuleSet, decisions: Decisions, where: str) -> None:
    parts = Parts(rules)
    nodes: dict[str, Node] = {}

    def node(key: str) -> Node:
        rule = rules.get(key.partition("|")[0])
        limited = rule is not None and parts.limited(rule)
        value = (rule.priority, decisions.rekeyed.get(key, key)) if rule is not None and limited else None
        return nodes.setdefault(key, Node(key, rule, value))

    for a, b in sorted(decisions.pinned - decisions.cut):
        one = node(a)
        parts.unite(one, node(b))
        if one.part is not None and one.part.over:
            name = parts.name(parts.broken(one.part.values))
            raise InvalidInputError(
                f"{where}: the pins put more values of {name} on one person than one may have. "
                "Use rekey where one replaced the other."
            )
