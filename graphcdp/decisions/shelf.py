"""The offers, placements and hold-out groups of one graph: defined, listed, removed, read from a file."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from graphcdp.base import NotFoundError
from graphcdp.base.ids import random_id
from graphcdp.decisions.offers import (
    Cap,
    HoldOut,
    Offer,
    OfferError,
    Placement,
    asked_of,
    dumped,
    fitting,
    hold_out,
    kept_offer,
    kept_placement,
    offer,
    placement,
    unfitted,
)
from graphcdp.governance import Offered, Violated
from graphcdp.graph import Graph, Transaction
from graphcdp.ingest import Seed
from graphcdp.segments.rule.errors import nearest
from graphcdp.segments.rule.tree import from_json
from graphcdp.segments.rule.walk import segments_in
from graphcdp.segments.vocabulary.language import Language
from graphcdp.sources.yaml_text import parse_yaml

_SPAN = re.compile(r"(\d{1,6}) (minute|hour|day|week)s?")
_SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400, "week": 7 * 86_400}
_KEYS = {
    "placements": ("title", "channel", "slots", "recommend", "fallback"),
    "hold_outs": ("title", "percent"),
    "offers": (
        "title", "content", "rule", "placements", "priority", "starts", "ends", "caps", "exclusive", "hold_out",
        "actions",
    ),
}  # fmt: skip


class OfferNotFoundError(NotFoundError):
    """There is no such offer."""

    code = "offer_not_found"


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a file defines."""

    placements: tuple[Placement, ...] = ()
    hold_outs: tuple[HoldOut, ...] = ()
    offers: tuple[Offer, ...] = field(default=())


class Shelf:
    """Keeps offers, placements and hold-out groups.

    Attributes:
        guards: are asked before offers are kept; each may refuse by raising.
        afterwards: are called when something was kept.
    """

    def __init__(self, graph: Graph, language: Language) -> None:
        self.guards: list[Callable[[Sequence[Offered]], Awaitable[None]]] = []
        self.afterwards: list[Callable[[], Awaitable[object]]] = []
        self._graph = graph
        self._language = language

    async def offers(self, placement: str | None = None) -> tuple[Offer, ...]:
        """Return offers, the most important first; those of one placement where given."""
        return tuple(kept_offer(row) for row in await self._graph.read("decisions.offers", placement=placement))

    async def placements(self) -> tuple[Placement, ...]:
        """Return placements by id."""
        return tuple(kept_placement(row) for row in await self._graph.read("decisions.placements"))

    async def hold_outs(self) -> tuple[HoldOut, ...]:
        """Return hold-out groups by id."""
        rows = await self._graph.read("decisions.hold_outs")
        return tuple(HoldOut(row["id"], row["percent"], row["title"]) for row in rows)

    async def define(self, plan: Plan) -> None:
        """Keep what a plan defines: all of it, or nothing. What has the same id is replaced.

        Raises:
            OfferError: an offer names a placement or a hold-out group that there is not, or a text of it asks for an
                attribute that nobody has.
            RuleError: a rule does not fit the graph, as one of a segment; which offer's, it says.
            PolicyViolationError: a policy forbids what an offer reads for what it is for.
        """
        checked = [(one, await self._language.check(one.rule)) for one in plan.offers]
        named = await self._language.named() if checked else {}
        offers = tuple(fitting(one, found, named) for one, found in checked)
        for one in offers:
            await self._check_content(one)
        for guard in self.guards if offers else ():
            await guard([Offered(one.id, one.actions, one.tree, dumped(one.content)) for one in offers])
        await self._keep(replace(plan, offers=offers))
        if offers:
            await self._look()

    async def _check_content(self, one: Offer) -> None:
        """Refuse a text that asks for what nobody has: the offer would never be shown, and nobody knew why."""
        asked = asked_of(one.content)
        there = await self._language.fields() if asked else None
        if there is not None and not asked <= there.profile.keys():  # perhaps it came in since they were read
            there = await self._language.fields(anew=True)
        if there is None or there.empty or asked <= there.profile.keys():
            return
        name = min(asked - there.profile.keys())
        near = nearest(name, there.profile)
        hint = f" Did you mean {{{near}}}?" if near else ""
        raise OfferError(
            f"The content of {one.id} asks for {{{name}}}, and there is no such attribute of profiles.{hint}",
            field="content",
        )

    async def _keep(self, plan: Plan) -> None:
        async def work(tx: Transaction) -> None:
            for place in plan.placements:
                await tx.consume("decisions.define_placement", id=place.id, place=place.properties())
            for group in plan.hold_outs:
                said = {"id": group.id, "percent": group.percent, "title": group.title}
                await tx.consume("decisions.define_hold_out", id=group.id, group=said)
            for one in plan.offers:
                rows = await tx.run(
                    "decisions.define_offer",
                    id=one.id,
                    offer=one.properties(),
                    placements=list(one.placements),
                    hold_out=one.hold_out or "",
                    segments=list(segments_in(from_json(one.tree))),
                )
                if rows[0]["placements"] < len(one.placements):
                    raise OfferError(
                        f"{one.id} is to be shown in {', '.join(one.placements)}, and not all of these placements are "
                        "defined. Define them first.",
                        field="placements",
                    )
                if one.hold_out is not None and not rows[0]["held"]:
                    raise OfferError(
                        f"{one.id} is held out by {one.hold_out}, and there is no such group. Define it first.",
                        field="hold_out",
                    )

            await tx.consume("decisions.changed", version=random_id("shelf"))

        await self._graph.transact(work)

    async def _look(self) -> None:
        for look in self.afterwards:
            await look()

    async def violated(
        self, tx: Transaction, began: Sequence[Violated], ended: Sequence[Violated], _: datetime
    ) -> None:
        """Tell every process that an offer began or ended to be forbidden, in the transaction that notes it."""
        if any(one.offer is not None for one in (*began, *ended)):
            await tx.consume("decisions.changed", version=random_id("shelf"))

    async def remove(self, id: str) -> None:
        """Forget an offer; its impressions and clicks are events and stay.

        Raises:
            OfferNotFoundError: there is no such offer.
        """

        async def work(tx: Transaction) -> bool:
            await tx.consume("decisions.changed", version=random_id("shelf"))
            return bool((await tx.rows("decisions.remove_offer", id=id))[0][0])

        if not await self._graph.transact(work):
            names = ", ".join(each.id for each in await self.offers()) or "none"
            raise OfferNotFoundError(f"There is no offer {id}; there is {names}.", offer=id)
        await self._look()

    async def set_up(self, seed: Seed) -> None:
        """Define what a seed's `offers.yaml` says."""
        file = seed.folder / "offers.yaml"
        if file.is_file():
            plan = read_plan(file.read_text(encoding="utf-8"), str(file))
            # A demonstration brings its offers before its data.
            await self._keep(replace(plan, offers=tuple(unfitted(one) for one in plan.offers)))

    async def close_seed(self, seed: Seed, _: str) -> None:
        """Define it again, now that there are segments that offers ask for."""
        await self.set_up(seed)
        await self._look()


def read_plan(text: str, file: str) -> Plan:
    """Read a YAML file with `placements`, `hold_outs` and `offers`, each a mapping of ids.

    Raises:
        CDPError: it is no YAML, or something in it is wrong.
    """
    content = parse_yaml(text, file)
    for key in content:
        if key not in _KEYS:
            raise OfferError(f"{file}: `{key}` means nothing; the keys are {', '.join(_KEYS)}.", file=file, field=key)
    return Plan(
        tuple(placement(id, **said) for id, said in _entries(content, "placements", file)),
        tuple(hold_out(id, **said) for id, said in _entries(content, "hold_outs", file)),
        tuple(_offer(id, said, file) for id, said in _entries(content, "offers", file)),
    )


def _entries(content: Mapping[str, Any], kind: str, file: str) -> list[tuple[str, dict[str, Any]]]:
    listed = content.get(kind) or {}
    if not isinstance(listed, Mapping) or not all(isinstance(said, Mapping) for said in listed.values()):
        raise OfferError(f"{file}: `{kind}` must be a mapping of ids to what they are.", file=file, field=kind)
    for id, said in listed.items():
        for key in said:
            if key not in _KEYS[kind]:
                raise OfferError(
                    f"{file}: {id} has a key {key}, which means nothing; the keys are {', '.join(_KEYS[kind])}.",
                    file=file,
                    field=key,
                )
        needed = {"offers": ("content", "placements"), "hold_outs": ("percent",)}.get(kind, ())
        for key in needed:
            if key not in said:
                raise OfferError(f"{file}: {id} has no `{key}`; add it.", file=file, field=key)
        _check_types(id, said, file)
    return [(id, dict(said)) for id, said in listed.items()]


def _check_types(id: str, said: Mapping[str, Any], file: str) -> None:
    kinds: dict[str, tuple[type, ...]] = {
        "title": (str,), "channel": (str,), "slots": (int,), "recommend": (int,), "percent": (int, float),
        "priority": (int,), "placements": (list,), "caps": (list,), "starts": (str,), "ends": (str,),
        "rule": (str, Mapping), "exclusive": (str,), "hold_out": (str,), "actions": (list,),
    }  # fmt: skip
    for key, value in said.items():
        if key in kinds and (isinstance(value, bool) or not isinstance(value, kinds[key])):
            raise OfferError(f"{file}: `{key}` of {id} is {str(value)[:60]!r}, which cannot be.", file=file, field=key)


def _offer(id: str, said: dict[str, Any], file: str) -> Offer:
    caps = [cap(each, id) for each in said.pop("caps", ())]
    times: dict[str, Any] = {
        name: _instant(said.pop(name), id, name, file) for name in ("starts", "ends") if name in said
    }
    return offer(id, caps=caps, **times, **said)


def cap(said: Any, id: str) -> Cap:
    """Read a cap: `{times: 3, within: 7 days}`, or `{times: 10}` ever.

    Raises:
        OfferError: it is none.
    """
    if isinstance(said, Mapping) and set(said) <= {"times", "within"} and isinstance(said.get("times"), int):
        within = said.get("within")
        span = None if within is None else _SPAN.fullmatch(str(within))
        if within is None or span is not None:
            return Cap(said["times"], None if span is None else int(span[1]) * _SECONDS[span[2]])
    raise OfferError(f"A cap of {id} cannot be read; write `{{times: 3, within: 7 days}}`.", field="caps")


def _instant(said: str, id: str, name: str, file: str) -> datetime:
    try:
        read = datetime.fromisoformat(said)
    except ValueError:
        raise OfferError(
            f"{file}: `{name}` of {id} is {said!r}; write a date such as 2026-12-24 or 2026-12-24T10:00:00Z.",
            file=file,
            field=name,
        ) from None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
