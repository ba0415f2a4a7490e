"""Labels, policies and permissions are edited, and what is forbidden from then on is looked at at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import orjson

from graphcdp.base import InvalidInputError
from graphcdp.base.ids import random_id
from graphcdp.governance.policy import Check, GovernanceNotFoundError, Override, Policy, check_id
from graphcdp.governance.vocabulary import checked_title
from graphcdp.governance.watch import Watch
from graphcdp.identity import Author

_OWN = ("profile.", "event.", "identity.")


class Governance(Watch):
    """Labels, policies, checks."""

    async def put_labels(self, target: str, labels: Sequence[str], author: Author) -> tuple[Check, ...]:
        """Give a dataset or a field exactly these labels, and look at once what is forbidden now.

        Args:
            target: a dataset (`luma_crm.contacts`), a field of one (`luma_crm.contacts/STREET`), or a field of
                profiles, events or identities (`profile.city`).
            labels: ids; none takes all away.
            author: who says so.

        Returns:
            The activations and offers in which something is forbidden now.

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
        if dataset is not None:
            _, fields = (await self._flows()).map(())
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
            The policy, and the activations and offers in which something is forbidden now.

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
            title=checked_title(title or (before.title if before else id)), actions=sorted(set(actions)),
            labels=sorted({label for one in sets for label in one}), forbids=orjson.dumps(sets).decode(), active=active,
            at=self._clock.now(), author=author.name,
        )  # fmt: skip
        found = await self.look()
        return next(one for one in await self.policies() if one.id == id), found

    async def override(
        self, policy: str, author: Author, *, until: datetime, activation: str | None = None, offer: str | None = None
    ) -> Override:
        """Permit what a policy forbids, for one activation, one offer or all, until an instant. It is audited.

        Raises:
            InvalidInputError: no reason is given, the end is not ahead or more than a year away, or both an activation
                and an offer are named.
            GovernanceNotFoundError: there is no such policy.
        """
        author = author.checked()
        now = self._clock.now()
        if not author.reason:
            raise InvalidInputError("Say why: a permission against a policy stands in the audit.", field="reason")
        if not 0 < (until - now).total_seconds() <= 366 * 86_400:
            raise InvalidInputError("A permission ends, within a year from now.", field="until")
        if activation is not None and offer is not None:
            raise InvalidInputError("A permission is for an activation, for an offer, or for all.", field="offer")
        await self._built_in()
        id = random_id("ovr")
        rows = await self._write(
            "policy_overridden", policy, author, "governance.override_write", id=id, policy=policy,
            activation=activation, offer=offer, until=until, reason=author.reason, author=author.name, since=now,
            after=[id, until.isoformat(), *(one for one in (activation, offer and f"offer:{offer}") if one)],
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
