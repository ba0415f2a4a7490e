"""The commands `score`: departure from habit, likeness to a segment, propensity to buy."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from graphcdp.base import Settings
from graphcdp.cli.frame import Json, answer, app, run, settings
from graphcdp.platform import Platform
from graphcdp.scores import HabitChange, LookAlikes, Score

score = typer.Typer(
    name="score",
    help="Scores of people: how far from habit, how alike to a segment, how likely to buy.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
app.add_typer(score)


@score.command()
def habit(
    namespace: Annotated[str, typer.Argument(help="Namespace of an identity: email, crm_id, ecid, …")],
    value: Annotated[str, typer.Argument(help="Its value, in any spelling.")],
    *,
    days: Annotated[int, typer.Option(help="What counts as lately.", min=1, max=90)] = 7,
    as_json: Json = False,
) -> None:
    """Say how suddenly a person turned from what they usually look at and buy, and to what."""
    found: HabitChange = run(_habit, settings(), namespace, value, days)
    lines = [f"{found.score:.2f} from habit (0: as ever, 1: all is different)"]
    lines += [f"  {one.sentence()}" for one in found.departures]
    answer(asdict(found), "\n".join(lines))


@score.command("look-alikes")
def look_alikes(
    segment: Annotated[str, typer.Argument(help="The segment's id.")],
    *,
    first: Annotated[int, typer.Option(help="How many people at most.", min=1, max=1_000)] = 20,
    as_json: Json = False,
) -> None:
    """Say who is like the members of a segment, and by what."""
    found: LookAlikes = run(_with, settings(), "look_alikes", segment)
    told = asdict(found)
    told["people"] = told["people"][:first]
    answer(told, _alike(found, first))


@score.command()
def keep(
    kind: Annotated[str, typer.Argument(help="habit_change, look_alike or propensity.")],
    *,
    name: Annotated[str | None, typer.Option(help="Its name, `profile.<name>` in segments.")] = None,
    segment: Annotated[str | None, typer.Option(help="Of a likeness: to whose members.")] = None,
    days: Annotated[
        int | None, typer.Option(help="Of a habit change what counts as lately; of a propensity the horizon.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a score for everybody and keep it with them; a running server makes it anew once a day."""
    found: Score = run(_with, settings(), "keep", kind, name, segment, days)
    answer(asdict(found), _shown(found))


@score.command("list")
def list_(*, as_json: Json = False) -> None:
    """List the scores that are kept."""
    found: tuple[Score, ...] = run(_all, settings())
    answer([asdict(one) for one in found], "\n".join(map(_shown, found)) or "No score is kept.")


@score.command()
def remove(name: Annotated[str, typer.Argument(help="Which.")], *, as_json: Json = False) -> None:
    """Forget a score and its values; refused while a segment or an offer asks for it."""
    run(_remove, settings(), name)
    answer({"removed": name}, f"{name} is removed.")


async def _with(chosen: Settings, method: str, *args: Any) -> Any:
    async with Platform.open(chosen) as platform:
        return await getattr(platform.scores, method)(*args)


async def _habit(chosen: Settings, namespace: str, value: str, days: int) -> HabitChange:
    async with Platform.open(chosen) as platform:
        key = await platform.identity_key(namespace, value)
        person = await platform.profiles.get(key)
        return await platform.scores.habit_change(person.id, recent_days=days)


async def _all(chosen: Settings) -> tuple[Score, ...]:
    async with Platform.open(chosen) as platform:
        return await platform.scores.kept.all()


async def _remove(chosen: Settings, name: str) -> None:
    async with Platform.open(chosen) as platform:
        await platform.scores.kept.remove(name)


def _alike(found: LookAlikes, first: int) -> str:
    judged = f"AUC {found.auc:.2f} on {found.held_out} members kept aside" if found.auc is not None else "not judged"
    lines = [f"{len(found.people):,} people share something with {found.seeds:,} members ({judged})", "Shared:"]
    lines += [
        f"  {one.name} ({one.kind.lower()}): {one.seeds} of them, {one.people} of all" for one in found.factors[:5]
    ]
    lines += [f"  {one.share:.0%} of everybody: {one.people:,} people from {one.at_least:.3f}" for one in found.slider]
    lines += [
        f"{one.profile_id} {one.score:.3f} ({', '.join(each.name for each in one.factors)})"
        for one in found.people[:first]
    ]
    return "\n".join(lines)


def _shown(one: Score) -> str:
    lines = [f"profile.{one.name}: {one.title}; {one.people:,} people; made {one.made_at:%Y-%m-%d %H:%M}"]
    card = one.card
    if one.kind == "propensity":
        lines.append(
            f"  AUC {card['auc']:.2f}, Brier {card['brier']:.3f} (base rate alone {card['brier_base']:.3f}), top tenth "
            f"{card['top_decile_lift']:.1f} times the base rate, on {card['people']:,} people of a later time"
        )
        drivers = ", ".join(f"{each['figure']} x{each['odds_ratio']:.2f}" for each in card["drivers"][:4])
        lines.append(f"  Driven by {drivers}")
    if one.kind == "look_alike":
        lines += [f"  from {each['at_least']:.3f}: {each['people']:,} people" for each in card["slider"]]
    return "\n".join(lines)
