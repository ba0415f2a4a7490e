"""The gate that policies and consents keep: asked when an activation is made, and before every delivery."""

from __future__ import annotations

from collections.abc import Sequence

from graphcdp.destinations.gate import Plan, Refused
from graphcdp.governance import Consents, Governance


class Governed:
    """Refuses what a policy forbids altogether, and what a person did not agree to or refused."""

    def __init__(self, governance: Governance, consents: Consents) -> None:
        self._governance = governance
        self._consents = consents

    async def may_activate(self, plan: Plan) -> Refused | None:
        """Say which policy forbids an activation, with the way of the data and what to change; None: none does."""
        found = await self._governance.check_plan(
            segment=plan.segment,
            destination=plan.destination,
            actions=plan.actions,
            sources=plan.sources,
            activation=plan.activation,
            apart=plan.apart,
        )
        return None if found.allowed else Refused("policy", found.sentence)

    async def may_deliver(self, plan: Plan, profile_ids: Sequence[str]) -> Sequence[Refused | None]:
        """Say who did not agree to what would be done, in order; None: it may be sent."""
        wanted = set(plan.actions)
        actions = [one for one in await self._governance.actions() if one.id in wanted]
        found = await self._consents.refusals(profile_ids, actions, plan.channel)
        return [None if one is None else Refused(one.because, one.message) for one in found]
