"""What is to be done so that a destination holds of a person what it should: decided from how things stand now."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson

from graphcdp.destinations.definition import Activation, Mapped
from graphcdp.destinations.kinds.connector import Action, Connector, Value


class Hold(NamedTuple):
    """Something that the destination holds, or may hold: `person` or `identity`, its id or key, state, ref, hash."""

    kind: str
    subject: str
    state: str
    ref: str
    hash: str | None


@dataclass(frozen=True, slots=True)
class Stand:
    """How a person stands to an activation.

    Attributes:
        id: of the profile, or of a former one.
        entered: since when a member; None: is none.
        except_: segments that speak against it; `suppressed`: suppressions that do.
        identities: (key, namespace, value), the last seen first.
        fields: values of the mapping's profile fields, by name.
        held: what the destination holds.
        messages: (instant, activation) of messages that went to the person.
        bought: products bought lately.
    """

    id: str
    entered: datetime | None
    except_: Sequence[str]
    suppressed: Sequence[str]
    identities: Sequence[tuple[str, str, str]]
    fields: Mapping[str, Any]
    held: Sequence[Hold]
    messages: Sequence[tuple[datetime, str]]
    bought: Sequence[str]

    @classmethod
    def of(cls, row: Sequence[Any], names: Sequence[str]) -> Stand:
        """Read a row of `destinations.stand`."""
        id, entered, except_, suppressed, identities, fields, held, messages, bought = row
        seen = sorted(identities, key=lambda one: (one[3], one[0]), reverse=True)
        return cls(
            id, entered, sorted(except_), sorted(suppressed), [(one[0], one[1], one[2]) for one in seen],
            dict(zip(names, fields, strict=True)), [Hold(*one) for one in held],
            [(at, by) for at, by in messages], sorted(bought),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing to do: action, `person` or `identity`, id or key, its name there, namespace, fields, hash.

    `ref` is the one of a hold that is tried again or removed; None: a new one is to be made.
    """

    action: Action
    kind: str
    key: str
    subject: str
    namespace: str | None
    fields: Mapping[str, Value] = field(default_factory=dict)
    hash: str | None = None
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done about a person, and the outcome where that is nothing.

    Attributes:
        deeds: removals first.
        outcome: `unchanged`, `no_identity`, `suppressed`, `excluded`, `sent_before`, `unsure`, …: why nothing is added.
        wait_until: messages to this person are to wait until then.
        unsure: holds of which nobody knows whether the message went out.
    """

    deeds: Sequence[Deed]
    outcome: str
    wait_until: datetime | None = None
    unsure: Sequence[Hold] = ()


def step(
    stand: Stand,
    activation: Activation,
    connector: Connector,
    now: datetime,
    *,
    frequency: tuple[int, float] | None = None,
    refused: str | None = None,
) -> Step:
    """Decide what is to be done about a person.

    Args:
        stand: how the person stands to the activation.
        activation: what is sent.
        connector: whereto.
        now: the instant.
        frequency: (times, days): the most messages to one person.
        refused: why the gate says no; None: it does not.
    """
    outcome, wanted = "unchanged", False
    reminds = activation.mode == "reminders"
    if (activation.state == "ended" and not reminds) or stand.entered is None:
        outcome = "not_member"
    elif refused is not None:
        outcome = refused
    elif stand.suppressed:
        outcome = "suppressed"
    elif stand.except_:
        outcome = "excluded"
    else:
        wanted = True
    keep_all = activation.state == "ended" and activation.at_end == "keep" and not reminds
    if keep_all:
        return Step((), "kept")
    targets = _targets(stand, connector) if wanted else {}
    if wanted and not targets:
        outcome = "no_identity"
    held = {(one.kind, one.subject): one for one in stand.held}
    unsure = [one for one in stand.held if connector.message_channel is not None and one.state == "in_flight"]
    if connector.one_each and targets:
        targets = _one(targets, held)
    payload = fields_of(activation.mapping, activation, stand)
    hash = _hash(payload)
    deeds = [
        Deed("remove", kind, key, *_named(connector, kind, key), ref=hold.ref)
        for (kind, key), hold in held.items()
        if (kind, key) not in targets and connector.can_remove
    ]
    wait: datetime | None = None
    for (kind, key), (subject, namespace) in targets.items():
        hold = held.get((kind, key))
        if connector.message_channel is not None:
            if hold is not None and hold.state in ("in_flight", "unsure"):
                outcome = "unsure"
                continue
            if hold is not None and hold.state == "held":
                continue
            if not reminds and any(by == activation.id for _, by in stand.messages):
                outcome = "sent_before"
                continue
            wait = _wait(stand, frequency, now)
            if wait is not None:
                outcome = "too_many_messages"
                continue
            deeds.append(Deed("add", kind, key, subject, namespace, payload, hash))
        elif hold is None or hold.state == "sending":
            again = hold.ref if hold is not None and hold.hash == hash else None
            deeds.append(Deed("add", kind, key, subject, namespace, payload, hash, again))
        elif hold.hash != hash:
            deeds.append(Deed("update", kind, key, subject, namespace, payload, hash))
    return Step(deeds, outcome, wait, unsure)


def identities_of(stand: Stand) -> dict[str, list[str]]:
    """Return the identities of a person by namespace, the last seen first."""
    told: dict[str, list[str]] = {}
    for _, namespace, value in stand.identities:
        told.setdefault(namespace, []).append(value)
    return told


def fields_of(mapping: Sequence[Mapped], activation: Activation, stand: Stand) -> dict[str, Value]:
    """Return what the mapping gives of a person; what is not known is left out."""
    told: dict[str, Value] = {}
    for source, target in mapping:
        value = _read(source, activation, stand)
        if value is not None and value not in ({}, []):
            told[target] = value
    return told


def _read(source: str, activation: Activation, stand: Stand) -> Value:
    area, _, name = source.partition(".")
    if area == "profile":
        value: Value = stand.fields.get(name)
        return value
    if area == "identity":
        return next((value for _, namespace, value in stand.identities if namespace == name), None)
    if source == "identities":
        told: dict[str, list[str]] = {}
        for _, namespace, value in sorted(stand.identities):
            told.setdefault(namespace, []).append(value)
        return told
    if source == "bought":
        return list(stand.bought)
    return {
        "profile_id": stand.id, "segment": activation.segment, "segment_name": activation.segment_name,
        "entered": stand.entered,
    }[source]  # fmt: skip


def _targets(stand: Stand, connector: Connector) -> dict[tuple[str, str], tuple[str, str | None]]:
    """Return what the destination should hold: (`person` or `identity`, id or key) → its name there, namespace."""
    if connector.subject == "person":
        return {("person", stand.id): (stand.id, None)}
    found: dict[tuple[str, str], tuple[str, str | None]] = {}
    wanted = connector.namespaces
    ranked = sorted(stand.identities, key=lambda one: wanted.index(one[1]) if one[1] in wanted else len(wanted))
    for key, namespace, value in ranked:
        if not wanted or namespace in wanted:
            name = connector.name_of(namespace, value)
            if name is not None:
                found["identity", key] = (name, namespace)
    return found


def _one(
    targets: Mapping[tuple[str, str], tuple[str, str | None]], held: Mapping[tuple[str, str], Hold]
) -> dict[tuple[str, str], tuple[str, str | None]]:
    """Return one of several targets: the one that is held already, else the first."""
    chosen = next((one for one in targets if one in held), next(iter(targets)))
    return {chosen: targets[chosen]}


def _named(connector: Connector, kind: str, key: str) -> tuple[str, str | None]:
    """Return what the destination calls something that it holds, and its namespace."""
    if kind == "person":
        return key, None
    namespace, _, value = key.partition("|")
    return connector.name_of(namespace, value) or value, namespace


def _wait(stand: Stand, frequency: tuple[int, float] | None, now: datetime) -> datetime | None:
    """Return until when a message has to wait, so that no more come in the days before; None: it need not."""
    if frequency is None:
        return None
    times, days = frequency
    window = timedelta(days=days)
    lately = sorted(at for at, _ in stand.messages if at > now - window)
    return lately[-times] + window if len(lately) >= times else None


def _hash(payload: Mapping[str, Value]) -> str:
    told = orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(told, digest_size=12).hexdigest()
