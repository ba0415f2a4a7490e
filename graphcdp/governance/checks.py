"""Whether policies allow what is sent and shown: what is there, what is planned, what would be after an edit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graphcdp.base import Clock
from graphcdp.governance.flows import NOTHING, Edit, Flows
from graphcdp.governance.lineage import ACTIVATION, OFFER, Offered, Place, Readers
from graphcdp.governance.policy import Check, GovernanceNotFoundError, Override, Policy, PolicyViolationError, check
from graphcdp.governance.vocabulary import Vocabulary
from graphcdp.graph import Graph
from graphcdp.ingest.wake import Writer
from graphcdp.sources import SourceDefinition


class Checks(Vocabulary):
    """Checks activations and offers against the policies."""

    def __init__(self, graph: Graph, clock: Clock, writer: Writer, readers: Readers) -> None:
        """Take what it works with.

        Args:
            graph: migrated.
            clock: says which permissions hold.
            writer: numbers the changes of the audit.
            readers: say what rules, questions, scores and offers read.
        """
        super().__init__(graph, clock, writer)
        self._readers = readers

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
        apart: Sequence[str] = (),
    ) -> Check:
        """Check what an activation would do, before it is there.

        Args:
            segment, destination, activation: ids.
            actions: marketing actions that it would serve.
            sources: what it would send: `profile.city`, `identity.email`.
            apart: segments whose members it would leave out.
        """
        flows = await self._flows()
        plan = {
            "id": activation,
            "segment": segment,
            "destination": destination,
            "actions": actions,
            "sources": sources,
            "apart": apart,
        }
        (found,) = await self._checked(flows, [plan])
        return found

    async def check_offer(self, offer: str) -> Check:
        """Check an offer that is there.

        Raises:
            GovernanceNotFoundError: there is none.
        """
        flows = await self._flows()
        one = flows.offers.get(offer)
        if one is None:
            raise GovernanceNotFoundError(f"There is no offer {offer[:64]}.", field="offer")
        (found,) = await self._checked(flows, (), [one])
        return found

    async def check_offers(self, offers: Sequence[Offered]) -> None:
        """Refuse offers that policies forbid.

        Args:
            offers: as they would be.

        Raises:
            GovernanceNotFoundError: there is no such marketing action.
            PolicyViolationError: tells the whole way of the data, and what to change.
        """
        known = {one.id for one in await self.actions()}
        for one in offers:
            missing = sorted(set(one.actions) - known)
            if missing:
                raise GovernanceNotFoundError(
                    f"{one.id} serves {missing[0][:64]}, and there is no such marketing action; take one of "
                    f"{', '.join(sorted(known))}, or define it first.",
                    field="actions",
                )
        edit = Edit(offers={one.id: self._readers.offer(one.tree, one.content) for one in offers})
        there = [{"id": one.id, "actions": one.actions} for one in offers]
        for found in await self._checked(await self._flows(), (), there, edit):
            if not found.allowed:
                raise PolicyViolationError(f"{found.offer} must not be shown. {found.sentence}", found)

    async def check_segment(self, segment: str, tree: str) -> None:
        """Refuse another rule for a segment where something would be forbidden by it that is not now.

        Args:
            segment: its id.
            tree: of the rule (JSON).

        Raises:
            PolicyViolationError: tells all of it.
        """
        await self._refuse(await self._flows(), Edit(segments={segment: self._readers.rule(tree)}), "With this rule")

    async def check_computed(self, trees: Mapping[str, str]) -> None:
        """Refuse declarations of computed attributes where something would be forbidden by them that is not now.

        Args:
            trees: of figures (JSON), by the attribute's name.

        Raises:
            PolicyViolationError: tells all of it.
        """
        edit = Edit(computed={name: self._readers.rule(tree) for name, tree in trees.items()})
        await self._refuse(await self._flows(), edit, f"With {', '.join(sorted(trees))} computed so")

    async def check_audience(self, audience: str, question: str) -> None:
        """Refuse another question of an audience where something would be forbidden by it that is not now.

        Args:
            audience: its id.
            question: what is asked (JSON).

        Raises:
            PolicyViolationError: tells all of it.
        """
        edit = Edit(audiences={audience: self._readers.question(question)})
        await self._refuse(await self._flows(), edit, f"With this question of audience {audience}")

    async def check_score(self, name: str, kind: str, settings: str) -> None:
        """Refuse a score made otherwise where something would be forbidden by it that is not now.

        Args:
            name: of the score.
            kind: `look_alike` and so on; settings: what it is made with (JSON).

        Raises:
            PolicyViolationError: tells all of it.
        """
        edit = Edit(scores={name: self._readers.score(kind, settings)})
        await self._refuse(await self._flows(), edit, f"With score {name} made so")

    async def check_source(self, definition: SourceDefinition) -> None:
        """Refuse a definition of a dataset where something would be forbidden by its mapping that is not now.

        Args:
            definition: as it would be.

        Raises:
            PolicyViolationError: tells all of it.
        """
        flows = await self._flows()
        if not flows.knows(definition):
            said = f"With {definition.source}.{definition.dataset} mapped so"
            await self._refuse(flows, Edit(definitions=[definition]), said)

    async def _refuse(self, flows: Flows, edit: Edit, said: str) -> None:
        there = [one for one in flows.activations.values() if one["state"] in ("active", "scheduled", "paused")]
        offers = flows.open_offers(self._clock.now())
        if not there and not offers:
            return
        before = {one.subject: one for one in await self._checked(flows, there, offers)}
        for one in await self._checked(flows, there, offers, edit):
            known = {(each.policy, each.action, each.labels) for each in before[one.subject].standing}
            if any((each.policy, each.action, each.labels) not in known for each in one.standing):
                raise PolicyViolationError(
                    f"{said} {one.activation or one.offer} would be forbidden. {one.sentence}", one
                )

    async def overrides(self, *, all: bool = False) -> tuple[Override, ...]:
        """Return the permissions that hold now, or all there ever were, the newest first."""
        rows = await self._graph.read("governance.overrides", at=None if all else self._clock.now())
        return tuple(Override(**row) for row in rows)

    async def _flows(self) -> Flows:
        (row,) = await self._graph.read("governance.flow_inputs")
        return Flows(row, self._readers)

    async def _keep(self, flows: Flows) -> None:
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
        flows: Flows,
        activations: Iterable[Mapping[str, Any]],
        offers: Iterable[Mapping[str, Any]] = (),
        edit: Edit = NOTHING,
    ) -> tuple[Check, ...]:
        """Check activations and offers that are there or planned, all on one map."""
        wanted, shown = list(activations), list(offers)
        if not wanted and not shown:
            return ()
        read = self._graph.read
        labelled, kept, overrides = await asyncio.gather(
            read("governance.labelled"), read("governance.policies", active_only=True), self.overrides()
        )
        if not kept:
            await self._built_in()
            kept = await read("governance.policies", active_only=True)
        planned = {one["id"]: flows.sent(one) for one in wanted}
        there, _ = flows.map(labelled, edit=edit, activations=planned)
        policies = [Policy.of(row) for row in kept]
        found = [
            check(
                there, policies, overrides, target=Place(ACTIVATION, one["id"]), actions=one["actions"],
                segment=one["segment"], destination=one["destination"],
            )
            for one in wanted
        ]  # fmt: skip
        found += [
            check(there, policies, overrides, target=Place(OFFER, one["id"]), actions=one["actions"]) for one in shown
        ]
        return tuple(found)
