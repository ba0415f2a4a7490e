"""Labels, marketing actions, policies, and what a check of them finds. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, Literal, NamedTuple, Self

import orjson

from graphcdp.base import ConflictError, InvalidInputError, NotFoundError
from graphcdp.governance.fixes import smallest_fixes
from graphcdp.governance.lineage import (
    ACTIVATION,
    AUDIENCE,
    COMPUTED,
    FIELD,
    HOUSEHOLD,
    OFFER,
    SCORE,
    SEGMENT,
    Flow,
    Place,
    reaches,
    ways,
)

ConsentRule = Literal["required", "unless_denied"]
CONSENT_RULES = ("required", "unless_denied")
_ASKED = {SEGMENT: "segment", AUDIENCE: "audience"}
_ASKING = {SEGMENT: "segment", AUDIENCE: "audience", SCORE: "score", OFFER: "offer"}
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


class GovernanceNotFoundError(NotFoundError):
    """There is no such label, policy, marketing action, dataset, field, activation, offer or permission."""

    code = "governance_not_found"


class PolicyViolationError(ConflictError):
    """A policy forbids it.

    Attributes:
        check: what was found.
    """

    code = "policy_violation"

    def __init__(self, message: str, check: Check) -> None:
        super().__init__(message, policies=", ".join(sorted({one.policy for one in check.standing})))
        self.check = check


@dataclass(frozen=True, slots=True)
class Label:
    """A label of data: its id, what it says, its family, and what bears it."""

    id: str
    title: str
    family: str
    built_in: bool
    datasets: tuple[str, ...]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MarketingAction:
    """What data may be used for.

    Attributes:
        id: a short name; title: for people.
        purpose: what a person agrees to, or refuses.
        consent: `required`: a person must have agreed; `unless_denied`: must not have refused.
        built_in: whether it comes with graphcdp.
    """

    id: str
    title: str
    purpose: str
    consent: ConsentRule
    built_in: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule about what labelled data may be used for.

    Attributes:
        id: a short name; title: for people.
        actions: the marketing actions it is about.
        forbids: sets of labels: data that bears all labels of a set may not be used for these actions.
        active: whether it counts.
        changed_at, changed_by: when it was last changed, by whom.
    """

    id: str
    title: str
    actions: tuple[str, ...]
    forbids: tuple[frozenset[str], ...]
    active: bool = True
    changed_at: datetime | None = None
    changed_by: str | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Read a row of `governance.policies`."""
        forbids = tuple(frozenset(one) for one in orjson.loads(row["forbids"]))
        return cls(
            row["id"], row["title"], tuple(row["actions"]), forbids, row["active"], row["changed_at"], row["changed_by"]
        )


@dataclass(frozen=True, slots=True)
class Override:
    """A permission to go against a policy until an instant: for one activation, one offer, or (neither) for all."""

    id: str
    policy: str
    activation: str | None
    until: datetime
    reason: str
    author: str
    since: datetime
    offer: str | None = None

    def is_for(self, target: Place) -> bool:
        """Say whether it is about an activation or an offer."""
        ids = {ACTIVATION: self.activation, OFFER: self.offer}
        return set(ids.values()) == {None} or ids[target.kind] == target.id


class Step(NamedTuple):
    """A place on the way of data: its kind (`Source`, `Dataset`, `Field`, …) and id."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Carrier:
    """How one label comes to where it is forbidden.

    Attributes:
        label: which.
        field: the field that bears it, or whose dataset does.
        dataset: the field's; None: the label stands on a field of profiles or events itself.
        path: the whole way, from the source to the destination or the offer.
    """

    label: str
    field: str
    dataset: str | None
    path: tuple[Step, ...]


class Violated(NamedTuple):
    """What begins or ends to be forbidden in an activation or an offer: by which policy, for what, because of what."""

    activation: str | None
    policy: str
    marketing_action: str
    labels: Sequence[str]
    told: str
    offer: str | None = None

    @property
    def subject(self) -> str:
        """Where: the activation's id, or `offer:ID`."""
        return subject_of(self.activation, self.offer)


@dataclass(frozen=True, slots=True)
class Violation:
    """A policy that forbids what is planned.

    Attributes:
        policy, title: which.
        action: the marketing action that it forbids.
        labels: the set that is there as a whole.
        carriers: how each of them comes there, the shortest ways first.
        override: a permission under which it may be all the same.
    """

    policy: str
    title: str
    action: str
    labels: tuple[str, ...]
    carriers: tuple[Carrier, ...]
    override: Override | None = None


class Fix(NamedTuple):
    """One change that closes ways: what kind, what it is about, and a sentence."""

    kind: str
    about: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Check:
    """What a check found.

    Attributes:
        activation, segment, destination: what was checked; None of an offer.
        actions: the marketing actions that it serves.
        labels: all that its data bears.
        violations: what is forbidden, permitted or not.
        fixes: the smallest sets of changes after which nothing is forbidden that is not permitted; empty if nothing is.
        offer: what was checked; None of an activation.
    """

    activation: str | None
    segment: str | None
    destination: str | None
    actions: tuple[str, ...]
    labels: tuple[str, ...]
    violations: tuple[Violation, ...] = ()
    fixes: tuple[tuple[Fix, ...], ...] = ()
    offer: str | None = None

    @property
    def subject(self) -> str:
        """What was checked: the activation's id, or `offer:ID`."""
        return subject_of(self.activation, self.offer)

    @property
    def standing(self) -> tuple[Violation, ...]:
        """The violations that nothing permits."""
        return tuple(one for one in self.violations if one.override is None)

    @property
    def allowed(self) -> bool:
        """Whether it may be."""
        return not self.standing

    @property
    def sentence(self) -> str:
        """Say it in sentences: policy, labels, fields, datasets, the way, and what to do."""
        if self.allowed:
            what = f"sending {self.segment} to {self.destination}" if self.offer is None else f"showing {self.offer}"
            return f"Nothing forbids {what} for {', '.join(self.actions)}."
        told = []
        for one in self.standing:
            carriers = {carrier.label: carrier for carrier in reversed(one.carriers)}
            where = "; ".join(
                f"{label} comes with the field {carriers[label].field}"
                + (f" of the dataset {carriers[label].dataset}" if carriers[label].dataset else "")
                + " by "
                + " → ".join(step.id for step in carriers[label].path)
                for label in one.labels
            )
            told.append(
                f"Policy {one.policy} ({one.title.rstrip('.')}) forbids {' with '.join(one.labels)} for {one.action}: "
                f"{where}."
            )
        if self.fixes:
            told.append("The smallest change: " + "; ".join(fix.sentence for fix in self.fixes[0]) + ".")
        return " ".join(told)


@dataclass(frozen=True, slots=True)
class Map:
    """How data flows, and what bears labels.

    Attributes:
        flows: from place to place.
        dataset_of: the dataset of each field that has one.
        source_of: the source of each dataset.
        on_fields, on_datasets: labels, by field and by dataset.
    """

    flows: tuple[Flow, ...]
    dataset_of: Mapping[str, str]
    source_of: Mapping[str, str]
    on_fields: Mapping[str, Collection[str]] = field(default_factory=dict)
    on_datasets: Mapping[str, Collection[str]] = field(default_factory=dict)

    def labels_of(self, id: str) -> frozenset[str]:
        """Return the labels that a field bears, its own and its dataset's."""
        return frozenset(self.on_fields.get(id, ())) | frozenset(self.on_datasets.get(self.dataset_of.get(id, ""), ()))


def check(
    there: Map,
    policies: Iterable[Policy],
    overrides: Sequence[Override],
    *,
    target: Place,
    actions: Sequence[str],
    segment: str | None = None,
    destination: str | None = None,
) -> Check:
    """Say which policies forbid an activation or an offer, by which ways, and the smallest changes that would help.

    Args:
        there: how data flows; what is checked is in it.
        policies: that count.
        overrides: that hold now.
        target, actions: what is checked, and the marketing actions that it serves.
        segment, destination: of an activation.
    """
    fields = sorted(place.id for place in reaches(there.flows, target) if place.kind == FIELD)
    bearers: dict[str, list[str]] = {}
    for one in fields:
        for label in there.labels_of(one):
            bearers.setdefault(label, []).append(one)
    found: list[Violation] = []
    wrongs: list[list[list[frozenset[Fix]]]] = []
    for policy in policies:
        for action in (one for one in actions if one in policy.actions):
            for labels in policy.forbids:
                if not labels or not labels <= bearers.keys():
                    continue
                carriers = [
                    _carrier(there, label, one, way, destination)
                    for label in sorted(labels)
                    for one in bearers[label]
                    for way in ways(there.flows, Place(FIELD, one), target)
                ]
                carriers.sort(key=lambda one: (one.label, len(one.path), one.field))
                override = next((one for one in overrides if one.policy == policy.id and one.is_for(target)), None)
                found.append(
                    Violation(policy.id, policy.title, action, tuple(sorted(labels)), tuple(carriers), override)
                )
                if override is None:
                    wrongs.append(
                        [
                            [_changes(one.path, target.id, action, segment) for one in carriers if one.label == label]
                            for label in sorted(labels)
                        ]
                    )
    fixes = smallest_fixes(wrongs) if wrongs else ()
    ids = {target.kind: target.id}
    return Check(
        ids.get(ACTIVATION), segment, destination, tuple(actions),
        tuple(sorted(bearers, key=lambda one: (len(one), one))), tuple(found), fixes, ids.get(OFFER),
    )  # fmt: skip


def subject_of(activation: str | None, offer: str | None) -> str:
    """Return how the audit calls an activation or an offer."""
    return activation if activation is not None else f"offer:{offer}"


def _carrier(there: Map, label: str, id: str, way: Sequence[Place], destination: str | None) -> Carrier:
    dataset = there.dataset_of.get(id)
    before: list[Step] = []
    if dataset is not None:
        source = there.source_of.get(dataset)
        before = [*([Step("Source", source)] if source else []), Step("Dataset", dataset)]
    after = [] if destination is None else [Step("Destination", destination)]
    path = (*before, *(Step(*place) for place in way), *after)
    return Carrier(label, id, dataset, path)


def _changes(path: Sequence[Step], target: str, action: str, segment: str | None) -> frozenset[Fix]:
    """Return the changes of which each closes a way; `segment` is the one that is sent."""
    found = {Fix("action", (target, action), f"do not use {target} for {action}")}
    for one, other in pairwise(path):
        if other == Step(FIELD, HOUSEHOLD):  # it always follows from it
            continue
        if one.kind == FIELD and other.kind == FIELD:
            found.add(Fix("mapping", (one.id, other.id), f"stop mapping {one.id} to {other.id}"))
        elif one.kind == FIELD and other.kind == COMPUTED:
            found.add(Fix("computed", (one.id, other.id), f"do not compute {other.id} from {one.id}"))
        elif one.kind == FIELD and other.kind == SEGMENT:
            found.add(Fix("rule", (one.id, other.id), f"take {one.id} out of the rule of segment {other.id}"))
        elif one.kind == FIELD and other.kind == ACTIVATION:
            found.add(Fix("field", (one.id, other.id), f"leave {one.id} out of what {other.id} sends"))
        elif one.kind == FIELD and other.kind == OFFER:
            found.add(Fix("offer", (one.id, other.id), f"take {one.id} out of the rule and the texts of {other.id}"))
        elif one.kind in _ASKED and other.kind in _ASKING:
            said = f"do not ask for {_ASKED[one.kind]} {one.id} in {_ASKING[other.kind]} {other.id}"
            found.add(Fix("segment", (one.id, other.id), said))
        elif one.kind == FIELD and other.kind == AUDIENCE:
            found.add(Fix("question", (one.id, other.id), f"take {one.id} out of the question of audience {other.id}"))
        elif one.kind == SCORE:
            found.add(Fix("score", (one.id,), f"do without the score {one.id}"))
        elif one.kind == SEGMENT and other.kind == ACTIVATION and one.id != segment:
            found.add(Fix("apart", (one.id, other.id), f"do not leave members of {one.id} out of {other.id}"))
    return frozenset(found)


def check_id(id: str, what: str) -> None:
    """Refuse what is no short name.

    Raises:
        InvalidInputError: it is none.
    """
    if _ID.fullmatch(id) is None:
        raise InvalidInputError(
            f"The {what} is called by a short name: letters, digits, _ and -, 64 at most, a letter first.", field="id"
        )
