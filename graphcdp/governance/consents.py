"""Consents of people over one graph: said, read, asked before something is sent or shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from graphcdp.base import Clock, InvalidInputError
from graphcdp.base.ids import random_id
from graphcdp.governance.consent import BY, UNTIL, Consent, allows, name_of, standing, words
from graphcdp.governance.policy import MarketingAction
from graphcdp.graph import Graph
from graphcdp.identity import IdentityNotFoundError
from graphcdp.ingest import Pipeline
from graphcdp.model import Fact, IdentityKey, Scalar

SOURCE = "consent"
_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


class Refusal(NamedTuple):
    """Why something may not be sent to a person: a stable word, and a sentence without personal data."""

    because: str
    message: str


class Consents:
    """Reads and writes what people agreed to."""

    def __init__(self, graph: Graph, clock: Clock, pipeline: Pipeline) -> None:
        self._graph = graph
        self._clock = clock
        self._pipeline = pipeline

    async def of(self, profile_ids: Sequence[str], now: datetime | None = None) -> dict[str, dict[str, Consent]]:
        """Return what holds for people, by profile id and name; who never said anything is left out.

        Args:
            profile_ids: present ones.
            now: the instant; None is the clock's.
        """
        rows = await self._graph.read("governance.consents", ids=list(profile_ids))
        return _standing(rows, now or self._clock.now())

    async def get(self, key: IdentityKey) -> tuple[Consent, ...]:
        """Return what holds for whoever holds an identity, by name.

        Raises:
            IdentityNotFoundError: it was never seen.
        """
        rows = await self._graph.read("identity.known", keys=[str(key)])
        if not rows:
            raise IdentityNotFoundError.of(key.namespace)
        return tuple((await self.of([rows[0]["profile_id"]])).get(rows[0]["profile_id"], {}).values())

    async def put(
        self,
        key: IdentityKey,
        purpose: str,
        *,
        granted: bool,
        channel: str | None = None,
        source: str = "console",
        by: str | None = None,
        until: datetime | None = None,
        at: datetime | None = None,
    ) -> tuple[Consent, ...]:
        """Note that a person agreed to something, or refused. It is a fact like any other, and wakes segments.

        Args:
            key: any identity of the person.
            purpose: what for: `marketing`, `advertising`, …; or a channel where that is all that was said.
            granted: yes or no.
            channel: on what: `email`, `sms`; None: on everything.
            source: where the person said it: a short name such as `preference_center`.
            by: who writes it down: an agent, a key of the API; None: nobody says.
            until: when it expires; None: never.
            at: when it was said; None: now.

        Returns:
            What holds now.

        Raises:
            InvalidInputError: a name is no short name, or the expiry lies before the word.
            IdentityNotFoundError: the identity was never seen.
        """
        for name, what in ((purpose, "purpose"), (channel, "channel"), (source, "source")):
            if name is not None and (_NAME.fullmatch(name) is None or len(name) > 20):
                raise InvalidInputError(
                    f"The {what} is a short name: small letters and digits, parts joined by _, 20 at most.", field=what
                )
        said = at or self._clock.now()
        if until is not None and until <= said:
            raise InvalidInputError("It would expire before it was said.", field="until")
        if not await self._graph.read("identity.known", keys=[str(key)]):
            raise IdentityNotFoundError.of(key.namespace)
        name = name_of(purpose, channel)
        attributes: dict[str, Scalar] = {f"consent_{name}": granted}
        attributes[UNTIL + name] = None if until is None else until.isoformat()
        attributes[BY + name] = by
        fact = Fact(
            id=random_id("consent"),
            ts=said,
            source=SOURCE,
            dataset=source,
            identities=(key,),
            type="consent_change",
            channel=channel,
            properties={"purpose": purpose, "granted": granted},
            attributes=attributes,
        )
        result = await self._pipeline.ingest([fact])
        rejection = result.receipts[0].rejection
        if rejection is not None:
            raise InvalidInputError(rejection.reason, field=rejection.field)
        return await self.get(key)

    async def refusals(
        self, profile_ids: Sequence[str], actions: Sequence[MarketingAction], channel: str | None
    ) -> list[Refusal | None]:
        """Say why something may not be done with each of some people, in order; None: it may.

        Args:
            profile_ids: whose.
            actions: what is to be done.
            channel: on what it speaks to them; None: it does not.
        """
        held = await self.of(profile_ids)
        return [refusal(held.get(id, {}), actions, channel) for id in profile_ids]

    async def section(self, profile_id: str) -> list[dict[str, Any]]:
        """Return a person's consents for an export."""
        return [
            {
                "purpose": one.purpose,
                "channel": one.channel,
                "answer": one.answer,
                "said_at": one.word.ts,
                "source": one.word.source,
                "dataset": one.word.dataset,
                "by": one.word.by,
                "until": one.word.until,
            }
            for one in (await self.of([profile_id])).get(profile_id, {}).values()
        ]


def asked(purpose: str, channel: str | None) -> frozenset[str]:
    """Return attributes of which a profile has one if anything was ever said about a purpose on a channel."""
    names = (purpose, *((channel, name_of(purpose, channel)) if channel else ()))
    return frozenset(attribute for name in names for attribute in (f"consent_{name}", f"{name}_opt_in"))


def _standing(rows: Sequence[Mapping[str, Any]], now: datetime) -> dict[str, dict[str, Consent]]:
    return {
        row["profile_id"]: standing(
            words(row["words"]), row["identities"], [(a, b, at) for a, b, at in row["links"]], now
        )
        for row in rows
    }


def refusal(held: Mapping[str, Consent], actions: Sequence[MarketingAction], channel: str | None) -> Refusal | None:
    """Say why actions may not be done with a person whose consents are these; None: they may."""
    for action in actions:
        found = allows(held, action.purpose, channel, required=action.consent == "required")
        if found is True:
            continue
        about = f"{action.purpose}{f' by {channel}' if channel else ''}"
        if found is False:
            return Refusal("consent", f"{action.id} needs consent to {about}, and the person never gave it.")
        if isinstance(found, Consent):
            if found.answer == "expired":
                return Refusal("consent_expired", f"The consent to {about} has expired.")
            return Refusal("consent", f"The person refused {about} ({found.name}).")
    return None
