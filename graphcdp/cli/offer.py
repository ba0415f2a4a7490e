"""The commands `decide` and `offer`: what a person is shown, and what there is to show."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from graphcdp.base import InvalidInputError, Settings
from graphcdp.cli.frame import Json, answer, app, named, run, settings
from graphcdp.decisions import Context, Decision, Offer, Placement, Plan, read_plan
from graphcdp.platform import Platform

offer = typer.Typer(
    name="offer",
    help="Offers and placements: what is shown to whom, where, and how often.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
app.add_typer(offer)


@app.command()
def decide(
    placement: Annotated[str, typer.Argument(help="Where, such as mobile_home.")],
    namespace: Annotated[str, typer.Argument(help="Namespace of an identity of the person.")],
    value: Annotated[str, typer.Argument(help="Its value; never seen: a stranger.")],
    *,
    category: Annotated[str | None, typer.Option(help="Of the page the person is on.")] = None,
    activity: Annotated[str | None, typer.Option(help="Likewise.")] = None,
    record: Annotated[bool, typer.Option(help="Whether what is shown counts as shown.")] = False,
    as_json: Json = False,
) -> None:
    """Say what a person is shown in a placement, and why; nothing is recorded unless --record is given."""
    found = run(_decide, settings(), placement, (namespace, value), Context(category, activity), record)
    answer(_decision(found), _told(found))


@offer.command("list")
def list_(
    placement: Annotated[str | None, typer.Option(help="Only of this placement.")] = None, *, as_json: Json = False
) -> None:
    """List the offers, the most important first."""
    found = run(_offers, settings(), placement)
    lines = [
        f"{each.priority:>4}  {each.id}  ({', '.join(each.placements)}): {each.rule}"
        + "".join(f"\n      {no.sentence}" for no in each.forbidden)
        for each in found
    ]
    answer([_offer(each) for each in found], "\n".join(lines) or "No offer is defined.")


@offer.command()
def placements(*, as_json: Json = False) -> None:
    """List the placements."""
    found = run(_placements, settings())
    lines = [f"{each.id}: {each.slots} offers, {each.recommend} products, {each.channel}" for each in found]
    answer([asdict(each) for each in found], "\n".join(lines) or "No placement is defined.")


@offer.command()
def define(
    file: Annotated[Path, typer.Argument(help="A YAML file with placements, hold_outs and offers.", dir_okay=False)],
    *,
    as_json: Json = False,
) -> None:
    """Define what a file says: all of it, or nothing. What has the same id is replaced."""
    try:
        plan = read_plan(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{file} cannot be read: {error}.", field="file") from error
    run(_define, settings(), plan)
    data = {
        "placements": [each.id for each in plan.placements],
        "hold_outs": [each.id for each in plan.hold_outs],
        "offers": [each.id for each in plan.offers],
    }
    answer(data, "; ".join(f"{kind}: {', '.join(ids)}" for kind, ids in data.items() if ids))


@offer.command()
def remove(id: Annotated[str, typer.Argument(help="Which.")], *, as_json: Json = False) -> None:
    """Remove an offer; its impressions and clicks stay."""
    run(_remove, settings(), id)
    answer({"removed": id}, f"{id} is removed.")


@offer.command()
def refresh(*, as_json: Json = False) -> None:
    """Find out anew which products go together (`graphcdp serve` does so every hour)."""
    products = run(_refresh, settings())
    answer({"products": products}, f"{products:,} products.")


async def _decide(
    chosen: Settings, placement: str, identity: tuple[str, str], context: Context, record: bool
) -> Decision:
    async with Platform.open(chosen) as platform:
        key = await platform.identity_key(*identity)
        return await platform.decider.decide(placement, key, context, record=record)


async def _offers(chosen: Settings, placement: str | None) -> tuple[Offer, ...]:
    async with Platform.open(chosen) as platform:
        return await platform.shelf.offers(placement)


async def _placements(chosen: Settings) -> tuple[Placement, ...]:
    async with Platform.open(chosen) as platform:
        return await platform.shelf.placements()


async def _define(chosen: Settings, plan: Plan) -> None:
    async with Platform.open(chosen) as platform:
        await platform.shelf.define(plan)


async def _remove(chosen: Settings, id: str) -> None:
    async with Platform.open(chosen) as platform:
        await platform.shelf.remove(id)


async def _refresh(chosen: Settings) -> int:
    async with Platform.open(chosen) as platform:
        return await platform.recommender.refresh()


def _offer(one: Offer) -> dict[str, Any]:
    kept = {name: value for name, value in asdict(one).items() if name != "tree"}
    return kept | {"forbidden": [named(each) for each in one.forbidden]}


def _decision(one: Decision) -> dict[str, Any]:
    return {
        "id": one.id,
        "placement": one.placement,
        "at": one.at,
        "profile_id": one.profile_id,
        "visitor": one.visitor,
        "offers": [
            {"id": each.offer.id, "content": each.content, "reason": each.reason.sentence} for each in one.shown
        ],
        "passed": [
            {"id": each.offer.id, "code": each.reason.code, "reason": each.reason.sentence} for each in one.passed
        ],
        "fallback": one.fallback,
        "recommendations": [asdict(each) for each in one.recommendations],
        "recorded": one.recorded,
    }


def _told(one: Decision) -> str:
    lines = [f"{one.placement}, {one.visitor}{'' if one.recorded else ' (only asked)'}"]
    lines += [f"  shows {each.offer.id}: {_texts(each.content)}" for each in one.shown]
    if one.fallback is not None:
        lines.append(f"  shows what everybody sees: {_texts(one.fallback)}")
    lines += [f"  not {each.offer.id}: {each.reason.sentence}" for each in one.passed]
    lines += [f"  recommends {each.name or each.product_id}: {each.reason}" for each in one.recommendations]
    return "\n".join(lines)


def _texts(content: Any) -> str:
    return " | ".join(str(each) for each in content.values()) if isinstance(content, dict) else str(content)
