"""Labels and policies over one graph: defined, followed along the ways of data, checked, overridden, alerted of."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import orjson
import yaml

from graphcdp.base import Clock, InvalidInputError, logger
from graphcdp.base.ids import content_hash, random_id
from graphcdp.governance.lineage import FIELD, Reads, ReadsOf, lineage
from graphcdp.governance.policy import (
    CONSENT_RULES,
    Check,
    ConsentRule,
    GovernanceNotFoundError,
    Label,
    Map,
    MarketingAction,
    Override,
    Policy,
    PolicyViolationError,
    check,
    check_id,
)
from graphcdp.graph import Graph, Transaction
from graphcdp.identity import Author
from graphcdp.ingest.wake import Changes, Writer
from graphcdp.sources import SourceDefinition

LONGEST_TITLE = 500
EVERY = timedelta(minutes=1)
_OWN = ("profile.", "event.", "identity.")
_log = logger(__name__)
Alert = Callable[[Check], Awaitable[None]]


class _Flows:
    """What says how data flows, as it was read, and the map that follows from it."""

    def __init__(self, row: Mapping[str, Any], reads: ReadsOf) -> None:
        self.version_written: str | None = row["version"]
        self.segments = {one["id"]: reads(one["tree"]) for one in row["segments"]}
        self.computed = {one["id"]: reads(one["tree"]) for one in row["computed"]}
        self.activations = {one["id"]: one for one in row["activations"]}
        self.definitions = [_definition(one["definition"], one["id"]) for one in row["datasets"] if one["definition"]]
        self.source_of = {one["id"]: one["source"] for one in row["datasets"] if one["source"]}
        told = {name: row[name] for name in ("datasets", "computed", "segments", "activations")}
        self.version = content_hash(orjson.dumps(told))

    def map(
        self,
        labelled: Iterable[Mapping[str, Any]],
        *,
        segments: Mapping[str, Reads] | None = None,
        activations: Mapping[str, tuple[str, Sequence[str]]] | None = None,
    ) -> tuple[Map, tuple[tuple[str, str, str | None], ...]]:
        """Return the map, and the fields of it with name and dataset.

        Args:
            labelled: rows of `governance.labelled`.
            segments, activations: as if they were so.
        """
        planned = {id: (one["segment"], one["sources"]) for id, one in self.activations.items()} | dict(
            activations or {}
        )
        found = lineage(self.definitions, self.computed, {**self.segments, **(segments or {})}, planned)
        dataset_of = {one.id: one.dataset for one in found.fields}
        marks: dict[str, dict[str, list[str]]] = {FIELD: {}, "Dataset": {}}
        for row in labelled:
            marks[row["kind"]][row["id"]] = row["labels"]
            dataset, slash, _ = row["id"].partition("/")
            if row["kind"] == FIELD and slash:
                dataset_of.setdefault(row["id"], dataset)
        fields: dict[str, tuple[str, str, str | None]] = {
            one.id: (one.id, one.name, one.dataset) for one in found.fields
        }
        for flow in found.flows:
            for place in flow:
                if place.kind == FIELD:
                    fields.setdefault(place.id, (place.id, place.id.partition(".")[2], None))
        return Map(found.flows, dataset_of, self.source_of, marks[FIELD], marks["Dataset"]), tuple(fields.values())


class Governance:
    """Labels, policies, checks.

    Attributes:
        alerts: are told of each activation in which something begins to be forbidden.
        turned: are told the ids of activations in which something begins or ends to be forbidden.
    """

    def __init__(self, graph: Graph, clock: Clock, writer: Writer, reads: ReadsOf) -> None:
        """Take what it works with.

        Args:
            graph: migrated.
            clock: says which permissions hold.
            writer: numbers the changes of the audit.
            reads: says what a rule reads, from its tree (JSON).
        """
        self.alerts: list[Alert] = []
        self.turned: list[Callable[[str], Awaitable[object]]] = []
        self._next: datetime | None = None
        self._graph = graph
        self._clock = clock
        self._writer = writer
        self._reads = reads

    # -- labels

    async def labels(self) -> tuple[Label, ...]:
        """Return the labels by family and id."""
        await self._built_in()
        rows = await self._graph.read("governance.labels")
        return tuple(
            Label(row["id"], row["title"], row["family"], row["built_in"], tuple(row["datasets"]), tuple(row["fields"]))
            for row in rows
        )

    async def define_label(self, id: str, title: str, author: Author, *, family: str = "own") -> Label:
        """Define a label of one's own, or give one another title.

        Raises:
            InvalidInputError: the id is no short name, or the title too long.
        """
        check_id(id, "label")
        check_id(family, "family")
        await self._built_in()
        await self._write(
            "label_defined", id, author, "governance.label_define", id=id, title=_title(title), family=family
        )
        return next(one for one in await self.labels() if one.id == id)

    async def put_labels(self, target: str, labels: Sequence[str], author: Author) -> tuple[Check, ...]:
        """Give a dataset or a field exactly these labels, and look at once what is forbidden now.

        Args:
            target: a dataset (`luma_crm.contacts`), a field of one (`luma_crm.contacts/STREET`), or a field of
                profiles, events or identities (`profile.city`).
            labels: ids; none takes all away.
            author: who says so.

        Returns:
            The activations in which something is forbidden now.

        Raises:
            GovernanceNotFoundError: there is no such dataset, field or label.
        """
        known = {one.id for one in await self.labels()}
        missing = sorted(set(labels) - known)
        if missing:
            raise GovernanceNotFoundError(
                f"There is no label {missing[0][:64]}; define it first, or take one of {', '.join(sorted(known))}.",
                field="labels",
            )
        dataset, slash, name = target.partition("/")
        if not slash and not target.startswith(_OWN):
            await self._put(target, labels, author, is_field=False, name=target, dataset=None)
        elif not slash:
            await self._put(target, labels, author, is_field=True, name=target.partition(".")[2], dataset=None)
        else:
            await self.refresh()
            await self._put(target, labels, author, is_field=True, name=name, dataset=dataset)
        return await self.look()

    async def _put(
        self, target: str, labels: Sequence[str], author: Author, *, is_field: bool, name: str, dataset: str | None
    ) -> None:
        flows = await self._flows()
        if dataset is not None:
            _, fields = flows.map(())
            known = sorted(id.partition("/")[2] for id, _, of in fields if of == dataset)
            if name not in known and known and not name.startswith(("traits.", "properties.")):
                raise GovernanceNotFoundError(
                    f"The dataset {dataset} has no field {name[:64]} that is mapped; it has {', '.join(known)}.",
                    field="target",
                )
        rows = await self._write(
            "labels_put", target, author, "governance.label_put", target=target, labels=list(labels), is_field=is_field,
            name=name, dataset=dataset, after=sorted(labels),
        )  # fmt: skip
        if not rows:
            raise GovernanceNotFoundError(
                f"There is no dataset {(dataset or target)[:64]}; `graphcdp policy datasets` shows what there is.",
                field="target",
            )

    # -- marketing actions and policies

    async def actions(self) -> tuple[MarketingAction, ...]:
        """Return the marketing actions by id."""
        return tuple(MarketingAction(**row) for row in await self._built_in())

    async def define_action(
        self, id: str, author: Author, *, title: str | None = None, purpose: str | None = None,
        consent: ConsentRule | None = None,
    ) -> MarketingAction:  # fmt: skip
        """Define a marketing action, or change one; what is not said stays.

        Raises:
            InvalidInputError: the id or the purpose is no short name, or there is no such rule of consent.
        """
        check_id(id, "marketing action")
        before = {one.id: one for one in await self.actions()}.get(id)
        purpose = purpose or (before.purpose if before else id)
        consent = consent or (before.consent if before else "unless_denied")
        check_id(purpose, "purpose")
        if consent not in CONSENT_RULES:
            raise InvalidInputError("Consent is `required` or `unless_denied`.", field="consent")
        await self._write(
            "marketing_action_defined", id, author, "governance.action_define", id=id,
            title=_title(title or (before.title if before else id)), purpose=purpose, consent=consent,
        )  # fmt: skip
        return next(one for one in await self.actions() if one.id == id)

    async def policies(self) -> tuple[Policy, ...]:
        """Return the policies by id."""
        await self._built_in()
        return tuple(Policy.of(row) for row in await self._graph.read("governance.policies"))

    async def define_policy(
        self, id: str, author: Author, *, forbids: Sequence[Sequence[str]], actions: Sequence[str],
        title: str | None = None, active: bool = True,
    ) -> tuple[Policy, tuple[Check, ...]]:  # fmt: skip
        """Define a policy, or change one, and look at once what is forbidden now.

        Args:
            id: a short name.
            author: who says so.
            forbids: sets of labels; data with all labels of a set may not be used for the actions.
            actions: marketing actions.
            title: for people.
            active: whether it counts.

        Returns:
            The policy, and the activations in which something is forbidden now.

        Raises:
            InvalidInputError: no set, an empty one, or no action.
            GovernanceNotFoundError: there is no such label or marketing action.
        """
        check_id(id, "policy")
        sets = sorted({tuple(sorted(set(one))) for one in forbids})
        if not sets or () in sets or not actions:
            raise InvalidInputError(
                "A policy forbids at least one set of labels, none of them empty, for at least one marketing action.",
                field="forbids",
            )
        for names, known, what in (
            ({label for one in sets for label in one}, {one.id for one in await self.labels()}, "label"),
            (set(actions), {one.id for one in await self.actions()}, "marketing action"),
        ):
            missing = sorted(names - known)
            if missing:
                raise GovernanceNotFoundError(f"There is no {what} {missing[0][:64]}; define it first.", field=what)
        before = {one.id: one for one in await self.policies()}.get(id)
        await self._write(
            "policy_defined", id, author, "governance.policy_define", id=id,
            title=_title(title or (before.title if before else id)), actions=sorted(set(actions)),
            labels=sorted({label for one in sets for label in one}), forbids=orjson.dumps(sets).decode(), active=active,
            at=self._clock.now(), author=author.name,
        )  # fmt: skip
        found = await self.look()
        return next(one for one in await self.policies() if one.id == id), found

    # -- checks

    async def check(self, activation: str) -> Check:
        """Check an activation that is there.

        Raises:
            GovernanceNotFoundError: there is none.
        """
        flows = await self._flows()
        one = flows.activations.get(activation)
        if one is None:
            raise GovernanceNotFoundError(f"There is no activation {activation[:130]}.", field="activation")
        (found,) = await self._checked(flows, [one])
        return found

    async def check_plan(
        self,
        *,
        segment: str,
        destination: str,
        actions: Sequence[str],
        sources: Sequence[str],
        activation: str = "planned",
    ) -> Check:
        """Check what an activation would do, before it is there.

        Args:
            segment, destination, activation: ids.
            actions: marketing actions that it would serve.
            sources: what it would send: `profile.city`, `identity.email`.
        """
        flows = await self._flows()
        plan = {
            "id": activation,
            "segment": segment,
            "destination": destination,
            "actions": actions,
            "sources": sources,
        }
        (found,) = await self._checked(flows, [plan])
        return found

    async def check_segment(self, segment: str, tree: str) -> None:
        """Refuse another rule for a segment where something would be forbidden by it that is not now.

        Args:
            segment: its id.
            tree: of the rule (JSON).

        Raises:
            PolicyViolationError: tells all of it.
        """
        flows = await self._flows()
        there = {
            one["id"]: one for one in flows.activations.values() if one["state"] in ("active", "scheduled", "paused")
        }
        if not there:
            return
        before = {one.activation: one for one in await self._checked(flows, there.values())}
        after = await self._checked(flows, there.values(), segments={segment: self._reads(tree)})
        for one in after:
            known = {(each.policy, each.action, each.labels) for each in before[one.activation].standing}
            if any((each.policy, each.action, each.labels) not in known for each in one.standing):
                raise PolicyViolationError(f"With this rule {one.activation} would be forbidden. {one.sentence}", one)

    async def look(self) -> tuple[Check, ...]:
        """Check every activation; note what begins and what ends to be forbidden, and tell of it.

        Returns:
            Those in which something is forbidden.
        """
        flows = await self._flows()
        await self._keep(flows)
        there = [one for one in flows.activations.values() if one["state"] != "ended"]
        checks = [one for one in await self._checked(flows, there) if not one.allowed]
        standing = {
            content_hash("\x1f".join((one.activation, each.policy, each.action, *each.labels))): (one, each)
            for one in checks
            for each in one.standing
        }
        known = {row["id"]: row for row in await self._graph.read("governance.violations_open")}
        fresh, ended = standing.keys() - known.keys(), sorted(known.keys() - standing.keys())
        if fresh or ended:
            now = self._clock.now()

            async def work(tx: Transaction) -> None:
                changes = Changes(self._writer)
                rows = []
                for id in sorted(fresh):
                    one, each = standing[id]
                    rows.append([id, one.activation, each.policy, list(each.labels), each.action, one.sentence])
                    changes(
                        "policy_violated", one.activation, None, [], [each.policy, each.action, *each.labels],
                        because=each.policy,
                    )  # fmt: skip
                for id in ended:
                    changes(
                        "policy_kept_again", known[id]["activation"], None, [known[id]["policy"]], [],
                        because=known[id]["policy"],
                    )  # fmt: skip
                await tx.consume("governance.violations_write", rows=rows, ended=ended, at=now)
                await changes.write(tx, now)

            await self._graph.transact(work)
            begun = {standing[id][0].activation: standing[id][0] for id in fresh}
            for one in begun.values():
                _log.warning("policy.violated", activation=one.activation, policies=len(one.standing))
                for alert in self.alerts:
                    await alert(one)
            turned = {one.activation for one in begun.values()} | {known[id]["activation"] for id in ended}
            for id in sorted(turned):
                for look in self.turned:
                    await look(id)
        return tuple(checks)

    async def tick(self, now: datetime | None = None) -> None:
        """Look at everything, at most once a minute: what was edited elsewhere, and permissions that ended."""
        instant = now or self._clock.now()
        if self._next is not None and instant < self._next:
            return
        self._next = instant + EVERY
        if (await self._flows()).activations:
            await self.look()

    async def refresh(self) -> None:
        """Bring the ways of data in the graph up to date."""
        await self._keep(await self._flows())

    # -- permissions

    async def overrides(self, *, all: bool = False) -> tuple[Override, ...]:
        """Return the permissions that hold now, or all there ever were, the newest first."""
        rows = await self._graph.read("governance.overrides", at=None if all else self._clock.now())
        return tuple(Override(**row) for row in rows)

    async def override(
        self, policy: str, author: Author, *, until: datetime, activation: str | None = None
    ) -> Override:
        """Permit what a policy forbids, for one activation or all, until an instant. It is audited.

        Raises:
            InvalidInputError: no reason is given, or the end is not ahead or more than a year away.
            GovernanceNotFoundError: there is no such policy.
        """
        author = author.checked()
        now = self._clock.now()
        if not author.reason:
            raise InvalidInputError("Say why: a permission against a policy stands in the audit.", field="reason")
        if not 0 < (until - now).total_seconds() <= 366 * 86_400:
            raise InvalidInputError("A permission ends, within a year from now.", field="until")
        await self._built_in()
        id = random_id("ovr")
        rows = await self._write(
            "policy_overridden", policy, author, "governance.override_write", id=id, policy=policy,
            activation=activation, until=until, reason=author.reason, author=author.name, since=now,
            after=[id, until.isoformat(), *([activation] if activation else [])],
        )  # fmt: skip
        if not rows:
            raise GovernanceNotFoundError(f"There is no policy {policy[:64]}.", field="policy")
        await self.look()
        return next(one for one in await self.overrides() if one.id == id)

    async def end_override(self, id: str, author: Author) -> None:
        """End a permission before its time.

        Raises:
            GovernanceNotFoundError: there is none that still holds.
        """
        rows = await self._write(
            "policy_override_ended", id, author, "governance.override_end", id=id, at=self._clock.now()
        )
        if not rows:
            raise GovernanceNotFoundError(f"There is no permission {id[:64]} that still holds.", field="id")
        await self.look()

    # -- inside

    async def _write(
        self, kind: str, subject: str, author: Author, statement: str, /, *, after: Sequence[str] = (), **params: Any
    ) -> list[dict[str, Any]]:
        """Write, with a line in the audit unless nothing was found."""
        checked = author.checked()

        async def work(tx: Transaction) -> list[dict[str, Any]]:
            rows = await tx.run(statement, **params)
            if rows or statement in ("governance.label_define", "governance.action_define", "governance.policy_define"):
                changes = Changes(self._writer)
                told = f"{checked.name}: {checked.reason}" if checked.reason else checked.name
                changes(kind, subject, None, [], list(after), because=told)
                await changes.write(tx, self._clock.now())
            return rows

        return await self._graph.transact(work)

    async def _built_in(self) -> list[dict[str, Any]]:
        """Make what every installation begins with, where it is not there; return the marketing actions."""
        there = await self._graph.read("governance.actions")
        if there:
            return there
        data = built_in()
        await self._graph.write(
            "governance.built_in",
            labels=data["labels"],
            actions=[{"consent": "unless_denied", **one} for one in data["actions"]],
        )
        for one in data["policies"]:
            await self._graph.write(
                "governance.policy_define", id=one["id"], title=one["title"], actions=one["actions"], active=True,
                labels=sorted({label for labels in one["forbids"] for label in labels}),
                forbids=orjson.dumps(one["forbids"]).decode(), at=self._clock.now(), author="graphcdp",
            )  # fmt: skip
        return await self._graph.read("governance.actions")

    async def _flows(self) -> _Flows:
        (row,) = await self._graph.read("governance.flow_inputs")
        return _Flows(row, self._reads)

    async def _keep(self, flows: _Flows) -> None:
        """Write the ways of data into the graph where they changed."""
        if flows.version == flows.version_written:
            return
        there, fields = flows.map(())
        await self._graph.write(
            "governance.flow_write",
            fields=[list(one) for one in fields],
            flows=[[*flow.source, *flow.target] for flow in there.flows],
            version=flows.version,
        )

    async def _checked(
        self,
        flows: _Flows,
        activations: Iterable[Mapping[str, Any]],
        *,
        segments: Mapping[str, Reads] | None = None,
    ) -> tuple[Check, ...]:
        """Check activations that are there or planned, all on one map."""
        wanted = list(activations)
        if not wanted:
            return ()
        read = self._graph.read
        labelled, kept, overrides = await asyncio.gather(
            read("governance.labelled"), read("governance.policies", active_only=True), self.overrides()
        )
        if not kept:
            await self._built_in()
            kept = await read("governance.policies", active_only=True)
        planned = {one["id"]: (one["segment"], one["sources"]) for one in wanted}
        there, _ = flows.map(labelled, segments=segments, activations=planned)
        policies = [Policy.of(row) for row in kept]
        return tuple(
            check(
                there, policies, overrides, activation=one["id"], segment=one["segment"],
                destination=one["destination"], actions=one["actions"],
            )
            for one in wanted
        )  # fmt: skip


@lru_cache(maxsize=1_000)
def _definition(text: str, id: str) -> SourceDefinition:
    return SourceDefinition.parse(text, id)


@cache
def built_in() -> dict[str, Any]:
    """Return what every installation begins with: labels, actions, policies."""
    text = files(__package__).joinpath("built_in.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data


def _title(text: str) -> str:
    text = text.strip()
    if not text or len(text) > LONGEST_TITLE or "\x00" in text:
        raise InvalidInputError(f"A title has 1 to {LONGEST_TITLE} characters.", field="title")
    return text
