"""Labels, marketing actions and policies over one graph: what there is, defined and told of in the audit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import orjson
import yaml

from graphcdp.base import Clock, InvalidInputError
from graphcdp.governance.policy import (
    CONSENT_RULES,
    ConsentRule,
    GovernanceNotFoundError,
    Label,
    MarketingAction,
    Policy,
    check_id,
)
from graphcdp.graph import Graph, Transaction
from graphcdp.identity import Author
from graphcdp.ingest.wake import Changes, Writer

LONGEST_TITLE = 500


class Vocabulary:
    """The labels, marketing actions and policies of one graph."""

    def __init__(self, graph: Graph, clock: Clock, writer: Writer) -> None:
        """Take what it works with.

        Args:
            graph: migrated.
            clock: says when something was defined.
            writer: numbers the changes of the audit.
        """
        self._graph = graph
        self._clock = clock
        self._writer = writer

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
            "label_defined", id, author, "governance.label_define", id=id, title=checked_title(title), family=family
        )
        return next(one for one in await self.labels() if one.id == id)

    async def actions(self) -> tuple[MarketingAction, ...]:
        """Return the marketing actions by id."""
        return tuple(MarketingAction(**row) for row in await self._built_in())

    async def define_action(
        self, id: str, author: Author, *, title: str | None = None, purpose: str | None = None,
        consent: ConsentRule | None = None,
    ) -> MarketingAction:  # fmt: skip
        """Define a marketing action, or change one; what is not said stays.

        A new one asks for consent as the others of its purpose do: `required` if one of them does.

        Raises:
            InvalidInputError: the id or the purpose is no short name, or there is no such rule of consent.
        """
        check_id(id, "marketing action")
        before = {one.id: one for one in await self.actions()}.get(id)
        purpose = purpose or (before.purpose if before else id)
        check_id(purpose, "purpose")
        if consent is None:
            rules = {one.consent for one in await self.actions() if one.purpose == purpose}
            consent = before.consent if before else "required" if "required" in rules else "unless_denied"
        _check_rule(consent)
        await self._write(
            "marketing_action_defined", id, author, "governance.action_define", id=id,
            title=checked_title(title or (before.title if before else id)), purpose=purpose, consent=consent,
        )  # fmt: skip
        return next(one for one in await self.actions() if one.id == id)

    async def ask_consent(self, purpose: str, consent: ConsentRule, author: Author) -> tuple[MarketingAction, ...]:
        """Say what consent all marketing actions of a purpose ask for. It is audited, and asked at the next delivery.

        Returns:
            The marketing actions of the purpose.

        Raises:
            InvalidInputError: there is no such rule of consent.
            GovernanceNotFoundError: no marketing action has this purpose.
        """
        _check_rule(consent)
        before = [one for one in await self.actions() if one.purpose == purpose]
        if not before:
            raise GovernanceNotFoundError(
                f"No marketing action has the purpose {purpose[:64]}; `graphcdp policy actions` shows them.",
                field="purpose",
            )
        await self._write(
            "consent_rule_set", purpose, author, "governance.purpose_consent", purpose=purpose, consent=consent,
            after=[consent],
        )  # fmt: skip
        return tuple(one for one in await self.actions() if one.purpose == purpose)

    async def decided(self, subjects: Sequence[str]) -> frozenset[str]:
        """Return those datasets, fields and purposes about which somebody ever decided, by the audit."""
        rows = await self._graph.read("governance.decided", subjects=list(subjects))
        return frozenset(row["subject"] for row in rows)

    async def policies(self) -> tuple[Policy, ...]:
        """Return the policies by id."""
        await self._built_in()
        return tuple(Policy.of(row) for row in await self._graph.read("governance.policies"))

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


@cache
def built_in() -> dict[str, Any]:
    """Return what every installation begins with: labels, actions, policies."""
    text = files(__package__).joinpath("built_in.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data


def _check_rule(consent: str) -> None:
    if consent not in CONSENT_RULES:
        raise InvalidInputError("Consent is `required` or `unless_denied`.", field="consent")


def checked_title(text: str) -> str:
    text = text.strip()
    if not text or len(text) > LONGEST_TITLE or "\x00" in text:
        raise InvalidInputError(f"A title has 1 to {LONGEST_TITLE} characters.", field="title")
    return text
