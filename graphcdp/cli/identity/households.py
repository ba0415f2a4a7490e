"""The command `identity households`: who lives with whom."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from graphcdp.base import InvalidInputError, Settings
from graphcdp.cli.frame import Json, answer, named, run, settings
from graphcdp.cli.identity.group import identity
from graphcdp.cli.identity.named import identity_of
from graphcdp.identity.people.households import MOST_MEMBERS, Household, HouseholdReport
from graphcdp.platform import Platform


@identity.command()
def households(
    person: Annotated[
        str | None, typer.Argument(help="An identity as namespace:value: show the household of this person.")
    ] = None,
    *,
    refresh: Annotated[bool, typer.Option("--refresh", help="Derive all households anew first.")] = False,
    most_members: Annotated[
        int, typer.Option(help="What more people than this share counts for nobody: 2 to 50.")
    ] = MOST_MEMBERS,
    as_json: Json = False,
) -> None:
    """Show the household of a person, or derive all households from shared devices, addresses and payment cards."""
    if person is None and not refresh:
        raise InvalidInputError(
            "Give an identity as namespace:value, or --refresh to derive households, or both.", field="identity"
        )
    report, found = run(_read, settings(), person, refresh, most_members)
    data: dict[str, Any] = {}
    if report is not None:
        data["refreshed"] = asdict(report)
    if found is not None:
        data["household"] = {**named(found), "evidence": named(found.evidence())}
    answer(data, "\n".join([*([] if report is None else [_told(report)]), *([] if found is None else _shown(found))]))


async def _read(
    chosen: Settings, person: str | None, refresh: bool, most_members: int
) -> tuple[HouseholdReport | None, Household | None]:
    async with Platform.open(chosen) as platform:
        key = None if person is None else await identity_of(platform, person)
        report = await platform.households.refresh(most_members) if refresh else None
        return report, None if key is None else await platform.households.get(key)


def _told(report: HouseholdReport) -> str:
    return (
        f"{report.households:,} households of {report.members:,} people in all: {report.joined:,} people joined one, "
        f"{report.left:,} left. {report.hubs:,} things are shared by too many, {report.too_large:,} groups are too "
        f"large. {report.seconds:.1f} s."
    )


def _shown(household: Household) -> list[str]:
    return [
        f"{household.id}: {len(household.members)} people, known since {household.known_from:%Y-%m-%d %H:%M}",
        *(f"  {each.profile_id} since {each.since:%Y-%m-%d %H:%M}" for each in household.members),
        *(f"  {each.kind} {each.value}: shared by {len(each.profile_ids)}" for each in household.evidence()),
    ]
