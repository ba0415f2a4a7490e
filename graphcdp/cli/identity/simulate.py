"""The command `identity simulate`: what other rules would do, without doing it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from graphcdp.base import Settings
from graphcdp.cli.frame import Json, answer, named, run, settings
from graphcdp.cli.identity.group import identity
from graphcdp.cli.identity.rules import File, rules_file
from graphcdp.cli.progress import watched
from graphcdp.identity import ReportProfile, ReportRow, RuleSet, SimulationReport, read_rules
from graphcdp.platform import Platform

_KEYS_SHOWN = 6


class MoveKind(StrEnum):
    """What would happen to profiles."""

    SPLIT = "split"
    MERGE = "merge"


@identity.command()
def simulate(
    *,
    file: File = None,
    first: Annotated[int, typer.Option(help="How many splits and merges to show.", min=0, max=1_000)] = 20,
    after: Annotated[int, typer.Option(help="Begin after the row with this number; needs --report.", min=0)] = 0,
    kind: Annotated[MoveKind | None, typer.Option(help="Show only these.")] = None,
    report: Annotated[str | None, typer.Option(help="Show an earlier simulation by its id; run none.")] = None,
    as_json: Json = False,
) -> None:
    """Say what a rule-set file would do to everybody: who splits, who merges, whose events move. Nothing is changed.

    Ctrl-C stops it. The report is kept: `CALL custom.graphcdp.identity.report(id)` in Neo4j Browser reads it too.
    """
    rules = None if report is not None else read_rules(rules_file(file))
    found, rows, more = run(_simulate, settings(), rules, report, (first, after, kind))
    data = named(found) | {"rows": [_row(one) for one in rows], "more": more}
    answer(data, "\n".join(_told(found, rows, more)))


async def _simulate(
    chosen: Settings, rules: RuleSet | None, id: str | None, wanted: tuple[int, int, MoveKind | None]
) -> tuple[SimulationReport, tuple[ReportRow, ...], bool]:
    first, after, kind = wanted
    async with Platform.open(chosen) as platform:
        simulations = platform.simulations
        if rules is not None:
            with watched() as watch:
                found = await simulations.simulate(rules, watch)
        else:
            found = await simulations.get(id or "")
        if first == 0:
            return found, (), bool((found.splits or 0) + (found.merges or 0))
        return found, *(await simulations.rows(found.head.id, first, after, kind))


def _row(row: ReportRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "kind": row.kind,
        "before": [one._asdict() for one in row.before],
        "after": [one._asdict() for one in row.after],
    }


def _told(found: SimulationReport, rows: tuple[ReportRow, ...], more: bool) -> list[str]:
    if found.head.state != "done":
        return [f"{found.head.id} is {found.head.state} ({found.head.progress:.0%}). {found.head.error or ''}".rstrip()]
    lines = [
        f"Report {found.head.id}: rules {found.rules_version} instead of {found.in_force_version}.",
        f"  profiles   {found.profiles_before:,} now, {found.profiles_after:,} then",
        f"  splits     {found.splits:,}",
        f"  merges     {found.merges:,}",
        f"  events     {found.events_moved:,} would be another profile's",
    ]
    lines += (f"  segment    {one.name}: {one.profiles:,} members split or merge" for one in found.segments)
    if found.largest_before and found.largest_after:
        lines.append(
            f"  largest    {found.largest_before[0].identities:,} identities now, "
            f"{found.largest_after[0].identities:,} then"
        )
    lines.append(
        f"  looked at  {found.identities:,} identities, {found.facts_read:,} facts of {found.regions_replayed:,} "
        f"disputed regions, in {found.seconds or 0:.1f} s"
    )
    for row in rows:
        lines.append(f"{row.number}. {row.kind}")
        lines += (f"   - {_shown(one)}" for one in row.before)
        lines += (f"   + {_shown(one)}" for one in row.after)
    if more and rows:
        lines.append(f"There are more: graphcdp identity simulate --report {found.head.id} --after {rows[-1].number}")
    return lines


def _shown(profile: ReportProfile) -> str:
    rest = len(profile.keys) - _KEYS_SHOWN
    return ", ".join(profile.keys[:_KEYS_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
